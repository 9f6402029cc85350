import { useEffect } from 'react';
export default function Palette() {
  useEffect(() => undefined);
  return null;
}
