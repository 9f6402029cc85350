import { Alert } from '@mantine/core';
import { useSsoWords } from './ssowords';

/** SsoError says why a single sign-on did not come to its end; the reason is in the address. */
export function SsoError({ reason }: { reason: string }) {
  const t = useSsoWords();
  const text = useSsoWords.word(`error.${reason}`);
  return (
    <Alert color="red" role="alert">
      {text.startsWith('error.') ? t('error.other') : text}
    </Alert>
  );
}
