import '@mantine/core/styles.css';
import './app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { sweepDrafts } from '../lib/drafts';
import { getLocale } from '../lib/i18n';
import { App } from './app';

document.documentElement.lang = getLocale();
sweepDrafts();
const place = document.getElementById('root');
if (place) {
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
