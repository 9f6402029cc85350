import { Link, useLocation } from '@tanstack/react-router';
import { useText } from '../lib/i18n';
import { usePlace } from '../lib/place';
import { features } from './features';

const entries = features.flatMap((f) => f.nav ?? []);

/** Breadcrumb says where one is: the list, then the record as its page names it. */
export function Breadcrumb() {
  const text = useText();
  const { pathname } = useLocation();
  const place = usePlace();
  const list = entries.filter((e) => e.to !== '/' && (pathname === e.to || pathname.startsWith(`${e.to}/`))).toSorted((a, b) => b.to.length - a.to.length)[0];
  const title = place.path === pathname ? place.title : undefined;
  return (
    <nav className="hf-crumbs" aria-label="Breadcrumb">
      <ol>
        {list && <li>{pathname === list.to ? <strong className="hf-cut">{text(list.label)}</strong> : <Link to={list.to}>{text(list.label)}</Link>}</li>}
        {title && pathname !== list?.to && (
          <li aria-current="page">
            <strong className="hf-cut">{title}</strong>
          </li>
        )}
      </ol>
    </nav>
  );
}
