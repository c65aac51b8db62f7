import { useEffect } from 'preact/hooks';

/** Title of the tab while a view is shown; the state of all comes before it (see `app.tsx`). */
export const titles: { view: string; sight: string; show: () => void } = {
  view: '',
  sight: '',
  show() {
    document.title = [this.sight, this.view, 'Amberwatch'].filter((part) => part !== '').join(' · ');
  },
};

export function useTitle(view: string): void {
  useEffect(() => {
    titles.view = view;
    titles.show();
  }, [view]);
}
