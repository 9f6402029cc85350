import { Alert, Anchor, Button, Divider, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useState, useSyncExternalStore, type FormEvent } from 'react';
import { AuthService } from '../../gen/holdfast/auth/v1/auth_pb';
import { oneOf, parseSearch } from '../../lib/address';
import { faultOf, type Fault } from '../../lib/faults';
import { day } from '../../lib/format';
import { accept, current, expectSession, rest, subscribe, type SignIn as Outcome } from '../../lib/session';
import { FaultNote, saying } from '../../ui/fault';
import { Card } from './card';
import { useWords } from './words';

const Enrol = lazy(() => import('./factor').then((m) => ({ default: m.Enrol })));
const Code = lazy(() => import('./factor').then((m) => ({ default: m.Code })));
const SsoError = lazy(() => import('./ssoerror').then((m) => ({ default: m.SsoError })));

/** useCall runs one REST call of the sign-in family and keeps what went wrong. */
function useCall() {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setFault(undefined);
    try {
      await work();
    } catch (thrown) {
      setFault(faultOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return { busy, fault, run };
}

const text = (e: FormEvent<HTMLFormElement>, name: string): string => {
  const value = new FormData(e.currentTarget).get(name);
  return typeof value === 'string' ? value.trim() : '';
};

/** inside leads to where the person wanted to go before signing in; only within this client. */
function useInside() {
  const navigate = useNavigate();
  // As it was when the page came: on the way there the address is another one already.
  const [to] = useState(() => oneOf(parseSearch(location.search).to));
  return useCallback(() => void navigate({ href: to.startsWith('/') && !to.startsWith('//') ? to : '/', replace: true }), [navigate, to]);
}

/** SignIn asks for name and password, then for the second factor where one is due. */
export function SignIn() {
  const t = useWords();
  const state = useSyncExternalStore(subscribe, current);
  const inside = useInside();
  const ways = useQuery(AuthService.method.listMethods, {}).data;
  const [due, setDue] = useState<Outcome>();
  const { busy, fault, run } = useCall();
  useEffect(() => {
    if (state === 'in') inside();
  }, [state, inside]);
  const proceed = (answer: Outcome) => {
    if (!accept(answer)) setDue(answer);
  };
  const [asked] = useState(() => parseSearch(location.search));
  const [to, reason, factor] = [oneOf(asked.to), oneOf(asked.error), oneOf(asked.mfa)];
  useEffect(() => {
    // Single sign-on came back without the second factor that is wanted here: the cookie opens nothing but that step.
    if (factor) void rest<Outcome>('POST', '/api/v1/auth/refresh', {}).then(setDue, () => undefined);
  }, [factor]);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const body = { email: text(e, 'email'), password: String(new FormData(e.currentTarget).get('password')) };
    void run(async () => proceed(await rest<Outcome>('POST', '/api/v1/auth/login', body)));
  };
  if (due) {
    return (
      <Suspense fallback={null}>
        {due.mfa_enrollment_required ? <Enrol token={due.mfa_token ?? ''} onDone={() => setDue(undefined)} /> : <Code token={due.mfa_token ?? ''} onDone={proceed} onBack={() => setDue(undefined)} />}
      </Suspense>
    );
  }
  const others = (ways?.items ?? []).filter((m) => m.url);
  return (
    <Card title={t('title')}>
      {reason && (
        <Suspense fallback={null}>
          <SsoError reason={reason} />
        </Suspense>
      )}
      <form onSubmit={submit}>
        <Stack gap="sm">
          {fault && (
            <Alert color="red" role="alert">
              {fault.kind === 'signed-out' ? t('wrong') : saying(fault)}
            </Alert>
          )}
          <TextInput name="email" label={t('email')} autoComplete="username" required data-autofocus autoFocus error={fault?.fields.email} />
          <PasswordInput name="password" label={t('password')} autoComplete="current-password" required error={fault?.fields.password} />
          <Button type="submit" loading={busy} fullWidth mt={4}>
            {t('submit')}
          </Button>
          <Anchor component={Link} to="/reset" size="sm">
            {t('forgot')}
          </Anchor>
        </Stack>
      </form>
      {others.length > 0 && <Divider label={t('or')} />}
      {others.map((m) => (
        <Button key={m.url} component="a" href={to ? `${m.url}?return_to=${encodeURIComponent(to)}` : m.url} variant="default" onClick={expectSession}>
          {m.label}
        </Button>
      ))}
      {ways?.registration && (
        <>
          <Divider />
          <Anchor component={Link} to="/register" size="sm">
            {t('register')}
          </Anchor>
        </>
      )}
    </Card>
  );
}

/** Register founds a tenant and signs its first Administrator in. */
export function Register() {
  const t = useWords();
  const inside = useInside();
  const { busy, fault, run } = useCall();
  const [pending, setPending] = useState(false);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const body = { tenant_name: text(e, 'tenant_name'), full_name: text(e, 'full_name'), email: text(e, 'email'), password: String(new FormData(e.currentTarget).get('password')) };
    void run(async () => {
      if (accept(await rest<Outcome>('POST', '/api/v1/auth/register', body))) inside();
      else setPending(true);
    });
  };
  if (pending) {
    return (
      <Card title={t('pendingTitle')}>
        <Text>{t('pendingText')}</Text>
        <Back />
      </Card>
    );
  }
  return (
    <Card title={t('registerTitle')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {fault && !Object.keys(fault.fields).length && (
            <Alert color="red" role="alert">
              {saying(fault)}
            </Alert>
          )}
          <TextInput name="tenant_name" label={t('tenantName')} autoComplete="organization" required autoFocus maxLength={200} error={fault?.fields.tenant_name} />
          <TextInput name="full_name" label={t('fullName')} autoComplete="name" required maxLength={200} error={fault?.fields.full_name} />
          <TextInput name="email" label={t('address')} type="email" autoComplete="email" required error={fault?.fields.email} />
          <PasswordInput name="password" label={t('password')} description={t('passwordHint')} autoComplete="new-password" required minLength={12} error={fault?.fields.password} />
          <Button type="submit" loading={busy}>
            {t('doRegister')}
          </Button>
          <Back />
        </Stack>
      </form>
    </Card>
  );
}

/** AcceptInvite makes the account of an invitation, or adds the membership to the account that is signed in. */
export function AcceptInvite() {
  const t = useWords();
  const { token = '' } = useParams({ strict: false });
  const inside = useInside();
  const state = useSyncExternalStore(subscribe, current);
  const offer = useQuery(AuthService.method.getInvite, { token }, { retry: false });
  const { busy, fault, run } = useCall();
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const body = { full_name: text(e, 'full_name'), password: String(new FormData(e.currentTarget).get('password') ?? '') };
    void run(async () => {
      accept(await rest<Outcome>('POST', `/api/v1/auth/invite/${encodeURIComponent(token)}`, offer.data?.hasAccount ? {} : body));
      inside();
    });
  };
  if (offer.isError) {
    return (
      <Card title={t('accept')}>
        {['missing', 'conflict'].includes(faultOf(offer.error).kind) ? <Text>{t('inviteGone')}</Text> : <FaultNote error={offer.error} retry={() => void offer.refetch()} />}
        <Back />
      </Card>
    );
  }
  if (!offer.data) return null;
  const { email, tenantName, expiresAt, hasAccount } = offer.data;
  return (
    <Card title={t('inviteTitle', { tenant: tenantName })}>
      <Text size="sm">{t('inviteText', { email, date: day(expiresAt) })}</Text>
      {hasAccount && state !== 'in' ? (
        <>
          <Text size="sm">{t('inviteAccount')}</Text>
          <Button component="a" href={`/signin?to=/invite/${token}`}>
            {t('submit')}
          </Button>
        </>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            {fault && (
              <Alert color="red" role="alert">
                {saying(fault)}
              </Alert>
            )}
            {!hasAccount && (
              <>
                <TextInput name="full_name" label={t('fullName')} autoComplete="name" required autoFocus error={fault?.fields.full_name} />
                <PasswordInput name="password" label={t('password')} description={t('passwordHint')} autoComplete="new-password" required minLength={12} error={fault?.fields.password} />
              </>
            )}
            <Button type="submit" loading={busy}>
              {t('accept')}
            </Button>
          </Stack>
        </form>
      )}
    </Card>
  );
}

/** ResetPassword sends the link, and sets the new password where the link leads here. */
export function ResetPassword() {
  const t = useWords();
  const { token } = useParams({ strict: false });
  const { busy, fault, run } = useCall();
  const [done, setDone] = useState(false);
  const submit = (e: FormEvent<HTMLFormElement>) => {
    e.preventDefault();
    const call = token
      ? rest('POST', '/api/v1/auth/password-reset/confirm', { token, password: String(new FormData(e.currentTarget).get('password')) })
      : rest('POST', '/api/v1/auth/password-reset', { email: text(e, 'email') });
    void run(async () => {
      await call;
      setDone(true);
    });
  };
  if (done) {
    return (
      <Card title={t('resetTitle')}>
        <Text role="status">{token ? t('resetDone') : t('resetSent')}</Text>
        <Back />
      </Card>
    );
  }
  return (
    <Card title={t('resetTitle')}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {fault && !fault.fields.password && (
            <Alert color="red" role="alert">
              {saying(fault)}
            </Alert>
          )}
          {token ? (
            <PasswordInput name="password" label={t('newPassword')} description={t('passwordHint')} autoComplete="new-password" required minLength={12} autoFocus error={fault?.fields.password} />
          ) : (
            <>
              <Text size="sm">{t('resetText')}</Text>
              <TextInput name="email" label={t('address')} type="email" autoComplete="email" required autoFocus error={fault?.fields.email} />
            </>
          )}
          <Button type="submit" loading={busy}>
            {token ? t('setPassword') : t('sendLink')}
          </Button>
          <Back />
        </Stack>
      </form>
    </Card>
  );
}

function Back() {
  const t = useWords();
  return (
    <Anchor component={Link} to="/signin" size="sm">
      {t('back')}
    </Anchor>
  );
}
