import { Skeleton } from '@mantine/core';
import { lazy, Suspense, type ComponentProps } from 'react';

const Impact = lazy(() => import('./impact').then((m) => ({ default: m.Impact })));

/** ImpactTab is the impact of a record; the drawing is loaded when it is looked at. */
export function ImpactTab(props: ComponentProps<typeof Impact>) {
  return (
    <Suspense fallback={<Skeleton height={300} className="hf-ghost" />}>
      <Impact {...props} />
    </Suspense>
  );
}
