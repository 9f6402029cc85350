import { Button, Code, Divider, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { MeService } from '../../gen/holdfast/me/v1/me_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { faultOf } from '../../lib/faults';
import { useMe } from '../../lib/me';
import { FaultNote, saying, told } from '../../ui/fault';
import { QR } from '../../ui/qr';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** Security is the password and the second factor. */
export function Security() {
  return (
    <Stack maw={420} gap="lg">
      <Password />
      <Divider />
      <Factor />
    </Stack>
  );
}

function Password() {
  const t = useWords();
  const [before, setBefore] = useState('');
  const [next, setNext] = useState('');
  const act = useAct(MeService.method.changePassword, {
    onSuccess: () => {
      setBefore('');
      setNext('');
      told(t('passwordChanged'));
    },
  });
  const fault = act.error ? faultOf(act.error) : undefined;
  const beside = fault && (fault.fields.current_password || fault.fields.new_password);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    act.mutate({ currentPassword: before, newPassword: next });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <h2>{t('password')}</h2>
        {act.error && !beside && <FaultNote error={act.error} />}
        <PasswordInput label={t('currentPassword')} autoComplete="current-password" required value={before} onChange={(e) => setBefore(e.currentTarget.value)} error={fault?.fields.current_password} />
        <PasswordInput label={t('newPassword')} description={t('passwordHint')} autoComplete="new-password" required minLength={12} value={next} onChange={(e) => setNext(e.currentTarget.value)} error={fault?.fields.new_password} />
        <Button type="submit" w="fit-content" loading={act.isPending}>
          {t('passwordChange')}
        </Button>
      </Stack>
    </form>
  );
}

function Factor() {
  const t = useWords();
  const me = useMe();
  const on = me?.user?.mfaEnabled === true;
  const [codes, setCodes] = useState<string[]>();
  if (codes) {
    return (
      <Stack gap="sm">
        <h2>{t('recovery')}</h2>
        <Text size="sm">{t('recoveryText')}</Text>
        <Code block>{codes.join('\n')}</Code>
        <Button w="fit-content" onClick={() => setCodes(undefined)}>
          {t('done')}
        </Button>
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <h2>{t('mfa')}</h2>
      <Text size="sm">{on ? t('mfaOn') : t('mfaOff')}</Text>
      {on ? <Disable /> : <Enrol onDone={setCodes} />}
    </Stack>
  );
}

function Enrol({ onDone }: { onDone: (codes: string[]) => void }) {
  const t = useWords();
  const [code, setCode] = useState('');
  const ui = useShared();
  const [asked, setAsked] = useState(false);
  const [password, setPassword] = useState('');
  const begin = useAct(MeService.method.enrollMfa);
  const activate = useAct(MeService.method.activateMfa, { also: [UserService], onSuccess: (a) => onDone(a.recoveryCodes) });
  const fault = activate.error ? faultOf(activate.error) : undefined;
  if (!begin.data) {
    const wrong = begin.error ? faultOf(begin.error) : undefined;
    if (!asked) {
      return (
        <Button w="fit-content" onClick={() => setAsked(true)}>
          {t('mfaBegin')}
        </Button>
      );
    }
    // An account that signs in by single sign-on alone has no password, and leaves it empty.
    return (
      <form
        onSubmit={(e) => {
          e.preventDefault();
          begin.mutate(password ? { currentPassword: password } : {});
        }}
      >
        <Stack gap="sm">
          {wrong && !wrong.fields.current_password && <FaultNote error={begin.error} />}
          <PasswordInput label={t('currentPassword')} autoComplete="current-password" value={password} onChange={(e) => setPassword(e.currentTarget.value)} error={wrong?.fields.current_password} />
          <Button.Group>
            <Button type="submit" loading={begin.isPending}>
              {t('mfaBegin')}
            </Button>
            <Button variant="default" onClick={() => setAsked(false)}>
              {ui('cancel')}
            </Button>
          </Button.Group>
        </Stack>
      </form>
    );
  }
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        activate.mutate({ code: code.replaceAll(/\s/g, '') });
      }}
    >
      <Stack gap="sm">
        <Text size="sm">{t('mfaScan')}</Text>
        <QR text={begin.data.otpauthUrl} label={t('mfaQR')} />
        <Text size="sm">
          {t('mfaSecret')} <Code>{begin.data.secret}</Code>
        </Text>
        <TextInput label={t('mfaCode')} autoComplete="one-time-code" inputMode="numeric" required value={code} onChange={(e) => setCode(e.currentTarget.value)} error={fault && (fault.fields.code ?? saying(fault))} />
        <Button type="submit" w="fit-content" loading={activate.isPending}>
          {t('mfaActivate')}
        </Button>
      </Stack>
    </form>
  );
}

function Disable() {
  const t = useWords();
  const ui = useShared();
  const [open, setOpen] = useState(false);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const act = useAct(MeService.method.disableMfa, { also: [UserService], onSuccess: () => setOpen(false) });
  const fault = act.error ? faultOf(act.error) : undefined;
  if (!open) {
    return (
      <Button w="fit-content" variant="default" onClick={() => setOpen(true)}>
        {t('mfaDisable')}
      </Button>
    );
  }
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        act.mutate({ password, code: code.replaceAll(/\s/g, '') });
      }}
    >
      <Stack gap="sm">
        {fault && !fault.fields.password && !fault.fields.code && <FaultNote error={act.error} />}
        <PasswordInput label={t('password')} autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.currentTarget.value)} error={fault?.fields.password} />
        <TextInput label={t('mfaCodeOr')} autoComplete="one-time-code" required value={code} onChange={(e) => setCode(e.currentTarget.value)} error={fault?.fields.code} />
        <Button.Group>
          <Button type="submit" loading={act.isPending}>
            {t('mfaDisable')}
          </Button>
          <Button variant="default" onClick={() => setOpen(false)}>
            {ui('cancel')}
          </Button>
        </Button.Group>
      </Stack>
    </form>
  );
}
