/** One metric with its samples; the key of a sample is its label set as it stands in braces, or empty. */
export interface Metric {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  samples: Record<string, number>;
}

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Prometheus' text format 0.0.4. */
export function formatMetrics(metrics: Metric[]): string {
  let text = '';
  for (const { name, help, type, samples } of metrics) {
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const [labels, value] of Object.entries(samples)) {
      text += `${name}${labels ? `{${labels}}` : ''} ${value}\n`;
    }
  }
  return text;
}

export function label(key: string, value: string): string {
  return `${key}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
