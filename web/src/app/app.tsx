import { TransportProvider } from '@connectrpc/connect-query';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { begin } from '../lib/session';
import { transport } from '../lib/transport';
import { useBranding } from './branding';
import { queries } from './queries';
import { router } from './router';

/** App puts the providers around the routes. */
export function App() {
  const theme = useBranding();
  useEffect(() => {
    // A dead server is drawn by the banner and by the page that asks again.
    begin().catch(() => undefined);
  }, []);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <TransportProvider transport={transport}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </TransportProvider>
    </MantineProvider>
  );
}
