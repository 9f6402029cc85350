import { NumberInput, Switch } from '@mantine/core';
import { MfaPolicySchema, PasswordPolicySchema, RetentionSchema } from '../../gen/holdfast/settings/v1/settings_pb';
import type { SettingsForm } from './page';
import { partOf } from './part';
import { useWords } from './words';

/** Security is what sign-ins need, and how long things are kept. */
export function Security({ form }: { form: SettingsForm }) {
  const t = useWords();
  const password = partOf(form, 'passwordPolicy', PasswordPolicySchema);
  const mfa = partOf(form, 'mfaPolicy', MfaPolicySchema);
  const keep = partOf(form, 'retention', RetentionSchema);
  const days = (key: 'notificationDays' | 'loginDays' | 'reportDays', name: string, label: string) => (
    <NumberInput
      label={label} min={1} max={3650} maw={360} value={keep.now[key] ?? ''} error={keep.error(name)}
      onChange={(v) => keep.set((r) => { r[key] = v === '' ? undefined : Number(v); })}
    />
  );
  return (
    <>
      <Switch label={t('mfa')} description={t('mfaHint')} checked={mfa.now.required} error={mfa.error('required')}
        onChange={(e) => { const on = e.currentTarget.checked; mfa.set((m) => { m.required = on; }); }} />
      <NumberInput
        label={t('minLength')} min={12} max={64} maw={360} value={password.now.minLength ?? ''} error={password.error('min_length')}
        onChange={(v) => password.set((p) => { p.minLength = v === '' ? undefined : Number(v); })}
      />
      {days('notificationDays', 'notification_days', t('keepNotifications'))}
      {days('loginDays', 'login_days', t('keepLogins'))}
      {days('reportDays', 'report_days', t('keepReports'))}
    </>
  );
}
