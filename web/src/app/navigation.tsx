import { useQuery } from '@connectrpc/connect-query';
import { Link, useLocation } from '@tanstack/react-router';
import { Fragment } from 'react';
import { StatsService } from '../gen/holdfast/stats/v1/stats_pb';
import { wings } from '../lib/feature';
import { number } from '../lib/format';
import { useText } from '../lib/i18n';
import { useMay } from '../lib/me';
import { useTenantLook } from './branding';
import { features } from './features';
import { useWords } from './words';

const entries = features.flatMap((f) => f.nav ?? []).toSorted((a, b) => (a.rank ?? 50) - (b.rank ?? 50));

/** Navigation lists what the person may see, by wing. */
export function Navigation({ narrow }: { narrow: boolean }) {
  const t = useWords();
  const text = useText();
  const may = useMay();
  const { pathname } = useLocation();
  const look = useTenantLook();
  const tiles = useQuery(StatsService.method.getOverview, {}, { staleTime: 60_000 }).data?.tiles;
  const count = (key: string | undefined) => tiles?.find((x) => x.key === key)?.value ?? 0;
  return (
    <>
      <Link to="/" className="hf-brand">
        <img src={look.logo} alt="" />
        <span className={narrow ? 'hf-hidden' : 'hf-cut'}>{look.name}</span>
      </Link>
      <nav className="hf-nav" aria-label={t('navigation')}>
        {wings.map((wing) => {
          const seen = entries.filter((e) => e.wing === wing && may(e.needs));
          if (!seen.length) return null;
          return (
            <Fragment key={wing}>
              <div className="hf-wing" id={`wing-${wing}`}>
                {t(`wing.${wing}`)}
              </div>
              <ul aria-labelledby={`wing-${wing}`}>
                {seen.map((e) => {
                  const here = e.to === '/' ? pathname === '/' : pathname === e.to || pathname.startsWith(`${e.to}/`);
                  const n = e.tile ? count(e.tile) : 0;
                  return (
                    <li key={e.to}>
                      <Link to={e.to} className="hf-link" aria-current={here ? 'page' : undefined} aria-label={narrow ? text(e.label) : undefined} title={narrow ? text(e.label) : undefined}>
                        <e.icon size={17} aria-hidden strokeWidth={1.8} />
                        {!narrow && <span className="hf-cut">{text(e.label)}</span>}
                        {!narrow && n > 0 && <span className="hf-count">{number(n)}</span>}
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </Fragment>
          );
        })}
      </nav>
    </>
  );
}
