import { Box, Button, Group, Input, Textarea } from '@mantine/core';
import { useId } from '@mantine/hooks';
import { useState } from 'react';
import { Markdown } from './markdown';
import type { Mentions } from './mention';
import { useWords } from './words';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  name?: string;
  required?: boolean;
  error?: string;
  maxLength?: number;
  placeholder?: string;
  minRows?: number;
  hideLabel?: boolean;
  /** Lets people be mentioned while somebody types. */
  mentions?: Mentions;
}

/** MarkdownEditor is a text in Markdown with its preview. */
export function MarkdownEditor({ label, value, onChange, error, required, hideLabel, mentions, minRows = 4, ...rest }: Props) {
  const t = useWords();
  const id = useId();
  const [preview, setPreview] = useState(false);
  const mode = (on: boolean, text: string) => (
    <Button size="compact-xs" variant={preview === on ? 'light' : 'subtle'} color={preview === on ? undefined : 'gray'} aria-pressed={preview === on} onClick={() => setPreview(on)}>
      {text}
    </Button>
  );
  return (
    <Box>
      <Group gap={4} mb={4}>
        <Input.Label htmlFor={id} required={required} className={hideLabel ? 'hf-hidden' : undefined}>
          {label}
        </Input.Label>
        <Group gap={2} ml="auto">
          {mentions?.tool}
          {mode(false, t('write'))}
          {mode(true, t('preview'))}
        </Group>
      </Group>
      {preview ? (
        <Box p="xs" mih={minRows * 22} style={{ border: '1px solid var(--hf-line)', borderRadius: 4 }}>
          {value.trim() ? <Markdown text={value} /> : <span className="hf-quiet">{t('previewEmpty')}</span>}
        </Box>
      ) : (
        <>
          <Textarea
            id={id} {...rest} value={value} required={required} error={error} autosize minRows={minRows} maxRows={20}
            ref={mentions?.field} onKeyDown={mentions?.onKeyDown} onSelect={mentions?.onCaret}
            onChange={(e) => {
              onChange(e.currentTarget.value);
              mentions?.onCaret();
            }}
          />
          {mentions?.list}
        </>
      )}
    </Box>
  );
}
