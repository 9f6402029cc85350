export default function KeyHelp({ onClose }: { onClose: () => void }) {
  onClose();
  return null;
}
