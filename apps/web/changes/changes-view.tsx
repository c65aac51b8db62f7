import type { Address } from '../address.js';
import { Notice } from '../parts/notice.js';

export function ChangesView({ address }: { address: Address }) {
  return <Notice kind="empty" title={address.view} />;
}
