import { ActionIcon, Burger, Center, Loader } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { current, subscribe } from '../lib/session';
import { useLive } from '../lib/live';
import { usePreferencesAtStart } from '../lib/preferences';
import { live } from './live';
import { Navigation } from './navigation';
import { TopBar } from './topbar';
import { useGlobalKeys } from './keys';
import { useWords } from './words';
import './shell.css';

const Palette = lazy(() => import('./palette'));
const Keys = lazy(() => import('./keyhelp'));
const SignInAgain = lazy(() => import('./again'));

/** Shell is around every page that needs a sign-in: navigation, top bar, palette. */
export function Shell() {
  const state = useSyncExternalStore(subscribe, current);
  const navigate = useNavigate();
  const { href, pathname } = useLocation();
  const t = useWords();
  useEffect(() => {
    // While the sign-in page loads this one still stands, at its address already.
    if (state === 'out' && pathname !== '/signin') void navigate({ to: '/signin', search: pathname === '/' ? {} : { to: href }, replace: true });
  }, [state, navigate, href, pathname]);
  if (state === 'starting' || state === 'out') {
    return (
      <Center h="100%">
        <Loader role="status" aria-label={t('starting')} />
      </Center>
    );
  }
  return <SignedIn expired={state === 'expired'} />;
}

function SignedIn({ expired }: { expired: boolean }) {
  const t = useWords();
  const [narrow, setNarrow] = useLocalStorage({ key: 'holdfast.nav.narrow', defaultValue: false, getInitialValueInEffect: false });
  const [open, drawer] = useDisclosure(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  usePreferencesAtStart();
  useLive(live);
  const { help, closeHelp, palette } = useGlobalKeys();
  useEffect(() => {
    // A new page: the drawer of small screens closes, and screen readers begin at its content.
    if (before.current !== pathname) {
      drawer.close();
      main.current?.focus({ preventScroll: true });
    }
    before.current = pathname;
  }, [pathname, drawer]);
  return (
    <div className="hf-frame" data-narrow={narrow || undefined} data-open={open || undefined}>
      <a className="hf-skip" href="#main" onClick={() => main.current?.focus()}>
        {t('skip')}
      </a>
      <aside className="hf-side">
        <Navigation narrow={narrow && !open} />
        <ActionIcon
          className="hf-fold"
          variant="subtle"
          color="gray"
          onClick={() => setNarrow(!narrow)}
          aria-label={narrow ? t('expand') : t('collapse')}
          aria-expanded={!narrow}
        >
          {narrow ? <PanelLeftOpen size={16} aria-hidden /> : <PanelLeftClose size={16} aria-hidden />}
        </ActionIcon>
      </aside>
      {open && <div className="hf-veil" onClick={drawer.close} aria-hidden />}
      <header className="hf-top">
        <Burger className="hf-burger" size="sm" opened={open} onClick={drawer.toggle} aria-label={t('menu')} aria-expanded={open} />
        <TopBar />
      </header>
      <main id="main" ref={main} tabIndex={-1} className="hf-main">
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {palette && <Palette />}
        {help && <Keys onClose={closeHelp} />}
        {expired && <SignInAgain />}
      </Suspense>
    </div>
  );
}
