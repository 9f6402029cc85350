import { Alert, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { faultOf, type Fault } from '../lib/faults';
import { useMe } from '../lib/me';
import { proved } from '../lib/prove';
import { rest } from '../lib/session';
import { saying } from '../ui/fault';
import { useWords } from './words';

/** ProveDialog asks for the password or a code before something that changes what people sign in with or may do. */
export default function ProveDialog() {
  const t = useWords();
  const me = useMe();
  const [byCode, setByCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const value = (name: string) => String(new FormData(e.currentTarget).get(name) ?? '');
    setBusy(true);
    setFault(undefined);
    rest('POST', '/api/v1/me/confirm', byCode ? { code: value('code').replaceAll(/\s/g, '') } : { password: value('password') })
      .then(() => proved(true))
      .catch((thrown) => setFault(faultOf(thrown)))
      .finally(() => setBusy(false));
  };
  const wrong = fault && (fault.fields.password ?? fault.fields.code);
  return (
    <Modal opened onClose={() => proved(false)} title={t('proveTitle')} centered size="sm" zIndex={900} closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t('proveText')}</Text>
          {fault && !wrong && (
            <Alert color="red" role="alert">
              {saying(fault)}
            </Alert>
          )}
          {byCode ? (
            <TextInput key="code" name="code" label={t('code')} autoComplete="one-time-code" required data-autofocus error={wrong} />
          ) : (
            <PasswordInput key="password" name="password" label={t('password')} autoComplete="current-password" required data-autofocus error={wrong} />
          )}
          <Group justify="space-between" gap="sm">
            {me?.user?.mfaEnabled ? (
              <Button
                variant="subtle"
                onClick={() => {
                  setByCode(!byCode);
                  setFault(undefined);
                }}
              >
                {byCode ? t('provePassword') : t('proveCode')}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" loading={busy}>
              {t('prove')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
