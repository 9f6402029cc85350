import { Alert, Anchor, Button, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { faultOf, type Fault } from '../lib/faults';
import { useMe } from '../lib/me';
import { accept, rest, type SignIn } from '../lib/session';
import { saying } from '../ui/fault';
import { useWords } from './words';

/** SignInAgain asks the person to sign in over the page that they were at, which stays as it is. */
export default function SignInAgain() {
  const t = useWords();
  const me = useMe();
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const value = (name: string) => String(new FormData(e.currentTarget).get(name) ?? '');
    setBusy(true);
    setFault(undefined);
    const call = token
      ? rest<SignIn>('POST', '/api/v1/auth/mfa/verify', { mfa_token: token, code: value('code').replaceAll(/\s/g, '') })
      : rest<SignIn>('POST', '/api/v1/auth/login', { email: me?.user?.email ?? me?.user?.username ?? value('email'), password: value('password'), tenant: me?.tenant?.slug });
    call
      .then((answer) => {
        if (!accept(answer) && answer.mfa_required) setToken(answer.mfa_token ?? '');
      })
      .catch((thrown) => setFault(faultOf(thrown)))
      .finally(() => setBusy(false));
  };
  const known = me?.user?.email ?? me?.user?.username;
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title={t('expiredTitle')} centered size="sm" zIndex={1000} overlayProps={{ backgroundOpacity: 0.5 }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t('expiredText')}</Text>
          {fault && (
            <Alert color="red" role="alert">
              {saying(fault)}
            </Alert>
          )}
          {token ? (
            <TextInput key="code" name="code" label={t('code')} autoComplete="one-time-code" required data-autofocus />
          ) : (
            <>
              <TextInput name="email" type="text" label={t('account')} autoComplete="username" value={known} readOnly={!!known} />
              <PasswordInput name="password" label={t('password')} autoComplete="current-password" required data-autofocus />
            </>
          )}
          <Button type="submit" loading={busy}>
            {t('signIn')}
          </Button>
          <Anchor href="/signin" size="sm">
            {t('otherAccount')}
          </Anchor>
        </Stack>
      </form>
    </Modal>
  );
}
