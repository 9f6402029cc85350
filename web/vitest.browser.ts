import { defineConfig } from 'vitest/config';

// The built client in a real browser, served by the real binary, on both databases.
export default defineConfig({
  test: { include: ['e2e/**/*.test.ts'], environment: 'node', testTimeout: 240_000, hookTimeout: 300_000, fileParallelism: false, retry: process.env.CI ? 1 : 0, globalSetup: ['e2e/setup.ts'] },
});
