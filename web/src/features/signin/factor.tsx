import { Alert, Anchor, Button, Code as Mono, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState, type FormEvent } from 'react';
import { faultOf, type Fault } from '../../lib/faults';
import { rest, restAs, type SignIn } from '../../lib/session';
import { saying } from '../../ui/fault';
import { QR } from '../../ui/qr';
import { Card } from './card';
import { useWords } from './words';

/** Code asks for the second factor of a sign-in. */
export function Code({ token, onDone, onBack }: { token: string; onDone: (s: SignIn) => void; onBack: () => void }) {
  const t = useWords();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    setBusy(true);
    const code = String(new FormData(e.currentTarget).get('code')).replaceAll(/\s/g, '');
    rest<SignIn>('POST', '/api/v1/auth/mfa/verify', { mfa_token: token, code })
      .then(onDone, (thrown) => setFault(faultOf(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <Card title={t('codeTitle')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t('codeText')}</Text>
          <TextInput name="code" label={t('code')} autoComplete="one-time-code" inputMode="text" required autoFocus error={fault && (fault.kind === 'signed-out' ? t('wrongCode') : saying(fault))} />
          <Button type="submit" loading={busy}>
            {t('check')}
          </Button>
          <Anchor component="button" type="button" size="sm" ta="left" onClick={onBack}>
            {t('back')}
          </Anchor>
        </Stack>
      </form>
    </Card>
  );
}

/** Enrol sets up the second factor that the tenant demands, before the sign-in can go on. */
export function Enrol({ token, onDone }: { token: string; onDone: () => void }) {
  const t = useWords();
  const [offer, setOffer] = useState<{ secret: string; otpauth_url: string }>();
  const [codes, setCodes] = useState<string[]>();
  const [fault, setFault] = useState<Fault>();
  useEffect(() => {
    restAs<{ secret: string; otpauth_url: string }>(token, 'POST', '/api/v1/me/mfa', {}).then(setOffer, (thrown) => setFault(faultOf(thrown)));
  }, [token]);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const code = String(new FormData(e.currentTarget).get('code')).replaceAll(/\s/g, '');
    restAs<{ recovery_codes: string[] }>(token, 'POST', '/api/v1/me/mfa/activate', { code }).then(
      (a) => setCodes(a.recovery_codes),
      (thrown) => setFault(faultOf(thrown)),
    );
  };
  if (codes) {
    return (
      <Card title={t('recoveryTitle')}>
        <Text size="sm">{t('recoveryText')}</Text>
        <Mono block>{codes.join('\n')}</Mono>
        <Button onClick={onDone}>{t('recoveryDone')}</Button>
      </Card>
    );
  }
  return (
    <Card title={t('enrolTitle')}>
      <Text size="sm">{t('enrolText')}</Text>
      {offer && (
        <>
          <QR text={offer.otpauth_url} label={t('qr')} />
          <Text size="sm">
            {t('enrolSecret')} <Mono>{offer.secret}</Mono>
          </Text>
          <form onSubmit={submit}>
            <Stack gap="sm">
              <TextInput name="code" label={t('code')} autoComplete="one-time-code" required autoFocus error={fault && (fault.fields.code ?? saying(fault))} />
              <Button type="submit">{t('activate')}</Button>
            </Stack>
          </form>
        </>
      )}
      {!offer && fault && (
        <Alert color="red" role="alert">
          {saying(fault)}
        </Alert>
      )}
    </Card>
  );
}
