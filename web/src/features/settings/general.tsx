import { Button, ColorInput, FileButton, Group, Image, Input, Select, Stack, TextInput } from '@mantine/core';
import { ImageUp, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { BrandingSchema } from '../../gen/holdfast/settings/v1/settings_pb';
import { RecordSelect } from '../../ui/recordselect';
import type { SettingsForm } from './page';
import { partOf } from './part';
import { useWords } from './words';

const largest = 140_000;

/** General is how the tenant shows itself, and its members' language and time. */
export function General({ form }: { form: SettingsForm }) {
  const t = useWords();
  const brand = partOf(form, 'branding', BrandingSchema);
  const [refused, setRefused] = useState('');
  const zones = useMemo(() => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((z) => z !== 'UTC')], []);
  const group = form.choice('defaultGroupId', t('defaultGroup'));
  const read = async (file: File | null) => {
    setRefused('');
    if (!file) return;
    if (file.size > largest) {
      setRefused(t('logoTooLarge'));
      return;
    }
    const reader = new FileReader();
    reader.addEventListener('load', () => brand.set((b) => { b.logo = String(reader.result); }));
    reader.readAsDataURL(file);
  };
  return (
    <>
      <TextInput
        label={t('brandName')} description={t('brandNameHint')} maxLength={100} value={brand.now.name ?? ''} error={brand.error('name')}
        onChange={(e) => { const name = e.currentTarget.value; brand.set((b) => { b.name = name || undefined; }); }}
      />
      <ColorInput withEyeDropper={false} label={t('brandColor')} format="hex" value={brand.now.color ?? ''} error={brand.error('color')} onChange={(color) => brand.set((b) => { b.color = color || undefined; })} />
      <Input.Wrapper label={t('brandLogo')} description={t('logoHint')} error={refused || brand.error('logo')} labelElement="div">
        <Stack gap="xs" mt={6} align="flex-start">
          {brand.now.logo && <Image src={brand.now.logo} alt={t('brandLogo')} h={48} w="auto" maw={280} fit="contain" />}
          <Group gap="xs">
            <FileButton accept="image/png,image/jpeg,image/gif,image/webp" onChange={(f) => void read(f)}>
              {(props) => (
                <Button {...props} size="xs" variant="default" leftSection={<ImageUp size={14} aria-hidden />}>
                  {t('logoChoose')}
                </Button>
              )}
            </FileButton>
            {brand.now.logo && (
              <Button size="xs" variant="default" leftSection={<X size={14} aria-hidden />} onClick={() => brand.set((b) => { b.logo = undefined; })}>
                {t('logoRemove')}
              </Button>
            )}
          </Group>
        </Stack>
      </Input.Wrapper>
      <Select
        {...form.choice('locale', t('locale'))} description={t('localeHint')} allowDeselect={false}
        data={[{ value: 'en', label: 'English' }, { value: 'de', label: 'Deutsch' }, { value: 'de-AT', label: 'Deutsch (Österreich)' }, { value: 'de-CH', label: 'Deutsch (Schweiz)' }, { value: 'en-GB', label: 'English (UK)' }]}
      />
      <Select {...form.choice('timeZone', t('timeZone'))} data={zones} searchable allowDeselect={false} />
      <RecordSelect
        {...group} description={t('defaultGroupHint')} records={GroupService.method.listGroups}
        valueLabel={group.value && group.value === form.values.defaultGroup?.id ? form.values.defaultGroup.label : undefined} onChange={(id) => group.onChange(id || null)}
      />
    </>
  );
}
