import { createTheme, type MantineThemeOverride } from '@mantine/core';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { accent, setAccent, subscribeAccent } from '../lib/accent';
import { shades } from '../lib/color';
import { useLook } from '../lib/preferences';
import { useWords } from './words';

/** useBranding is the theme in the tenant's own colour. */
export function useBranding(): MantineThemeOverride {
  const colour = useSyncExternalStore(subscribeAccent, accent);
  const clear = useWords()('clearField');
  return useMemo(
    () =>
      createTheme({
        primaryColor: 'accent',
        components: {
          // A menu has nothing but its items; its first one is where the keys begin.
          Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
          InputClearButton: { defaultProps: { 'aria-label': clear } },
        },
        // White on it can be read in both themes.
        primaryShade: 7,
        colors: { accent: shades(colour) },
        fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
        fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
        fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
        lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.4', xl: '1.35' },
        headings: { fontWeight: '600', sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } } },
        defaultRadius: 'sm',
        cursorType: 'pointer',
        respectReducedMotion: true,
      }),
    [colour, clear],
  );
}

/** useTenantLook is the tenant's name and logo in place of the program's, and has everything drawn in its colour. A logo that lies elsewhere
 * is left out: pages load nothing from other servers. */
export function useTenantLook(): { name: string; logo: string } {
  const look = useLook();
  useEffect(() => {
    if (look) setAccent(look.color);
  }, [look]);
  return { name: look?.name || 'Holdfast', logo: look?.logo?.startsWith('data:') ? look.logo : '/icon.svg' };
}
