import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { isLoopback } from './access.js';

/** A name, or `*.` and a name for all beneath it. */
const PATTERN = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/;

export const allowedHostsSetting = {
  AMBERWATCH_ALLOWED_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
    .pipe(z.array(z.string().regex(PATTERN, { error: 'must be names such as amberwatch.example.com, *.example.com' })))
    .optional()
    .describe(
      'Names, separated by commas, that the header Host may have besides localhost, addresses, names without a dot and ' +
        "this machine's own; `*.example.com` takes all beneath it",
    ),
};

export interface HostRule {
  /**
   * - `loopback`: names of loopback alone, for what must not be reached from elsewhere
   * - `network`: also addresses, which no page of another site is served from; names without a dot and under `.localhost`,
   *   which nobody outside can have; and this machine's own name
   * - `any`: whatever it is, where nothing is told without a token and no name is listed
   */
  reach: 'loopback' | 'network' | 'any';
  listed?: readonly string[] | undefined;
  /** Name or address that is listened on. */
  own: string;
}

/**
 * Which names in the header `Host` are answered. A page of another site can reach us by a name of its own that was made to
 * resolve to our address (DNS rebinding), and would then read as if it were ours; but it can't hide that name.
 */
export class AllowedHosts {
  private readonly listed: readonly string[];
  private readonly own: Set<string>;

  constructor(private readonly rule: HostRule) {
    this.listed = rule.listed ?? [];
    this.own = new Set([hostname().toLowerCase(), rule.own.toLowerCase()]);
  }

  /** @param header the header `Host`, such as `[::1]:8000`; a browser always sends one */
  allows(header: string | undefined): boolean {
    const { reach } = this.rule;
    if (header === undefined) return reach !== 'loopback';
    const name = nameOf(header);
    if (name === undefined) return false;
    if (isLoopback(name) || this.listed.some((pattern) => fits(name, pattern))) return true;
    return reach !== 'loopback' && ((reach === 'any' && this.listed.length === 0) || this.isNear(name));
  }

  private isNear(name: string): boolean {
    const isAddress = isIP(name.replace(/^\[|\]$/g, '')) > 0;
    return isAddress || !name.includes('.') || name.endsWith('.localhost') || this.own.has(name);
  }
}

/** The name in lower case, without port and the dot at its end; undefined for what is none. */
function nameOf(header: string): string | undefined {
  const [, name] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d*)?$/i.exec(header) ?? [];
  return name?.toLowerCase().replace(/(?<=.)\.$/, '');
}

function fits(name: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
}
