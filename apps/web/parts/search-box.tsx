import { useEffect, useRef, useState } from 'preact/hooks';

/** Rests in typing that are shorter are no reason to ask. */
const REST_MS = 200;

/** A field whose text is told once its writer rests; it keeps what is being written, whatever comes meanwhile. */
export function SearchBox({
  label,
  placeholder,
  text,
  onText,
}: {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
}) {
  const [written, setWritten] = useState(text);
  const told = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const tell = (next: string) => {
    clearTimeout(timer.current);
    told.current = next.trim();
    onText(told.current);
  };
  // Changed from elsewhere, as by going back.
  useEffect(() => {
    if (text === told.current) return;
    clearTimeout(timer.current);
    told.current = text;
    setWritten(text);
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      type="search"
      class="search-box"
      aria-label={label}
      placeholder={placeholder}
      maxLength={255}
      autoComplete="off"
      spellcheck={false}
      value={written}
      onInput={({ currentTarget: { value } }) => {
        setWritten(value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => tell(value), REST_MS);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') tell(written);
        if (event.key === 'Escape' && written !== '') {
          event.preventDefault();
          setWritten('');
          tell('');
        }
      }}
    />
  );
}
