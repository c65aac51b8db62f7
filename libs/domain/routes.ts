/**
 * Every path of the server, used by its controllers and by the client alike. The spelling `ressources-usage` is the
 * original system's and part of the wire format.
 */
export const routes = {
  saveAll: '/ressources-usage/save-all',
  getAll: '/ressources-usage/get-all',
  getAllOfHost: '/ressources-usage/get-all/:host',
  getAllDetailed: '/ressources-usage/get-all-detailed',
  queryAlarm: '/ressources-usage/query-alarm',
  samples: '/api/v1/samples',
  usage: '/api/v1/usage',
  usageOfHosts: '/api/v1/usage/hosts',
  history: '/api/v1/history',
  units: '/api/v1/units',
  unitHistory: '/api/v1/units/history',
  hosts: '/api/v1/hosts',
  host: '/api/v1/hosts/:host',
  hostProcesses: '/api/v1/hosts/:host/processes',
  hostMetrics: '/api/v1/hosts/:host/metrics',
  hostControl: '/api/v1/hosts/:host/control',
  serviceControl: '/api/v1/services/:service/control',
  controlChanges: '/api/v1/control/changes',
  servers: '/servers',
  server: '/:address',
  managerData: '/app/post/data',
  instances: '/api/v1/instances',
  alerts: '/api/v1/alerts',
  alertValues: '/api/v1/alerts/values',
  alert: '/api/v1/alerts/:id',
  acknowledgement: '/api/v1/alerts/:id/acknowledgement',
  scores: '/api/v1/scores',
  silences: '/api/v1/silences',
  silence: '/api/v1/silences/:id',
  silencePreview: '/api/v1/silences/preview',
  notifyTests: '/api/v1/notifications/tests',
  notifyRoutes: '/api/v1/notifications/routes',
  notifyTest: '/api/v1/notifications/tests/:id',
  forecasts: '/api/v1/forecasts',
  forecastLimits: '/api/v1/forecasts/limits',
  calibration: '/api/v1/calibration',
  heartbeats: '/api/v1/heartbeats',
  heartbeat: '/api/v1/heartbeats/:service',
  stream: '/api/v1/stream',
  live: '/health/live',
  ready: '/health/ready',
  metrics: '/metrics',
  docs: '/api/docs',
  openapi: '/api/openapi.json',
} as const;

/** A route with its parameters filled in, each escaped for a path. */
export function fillRoute(route: string, parameters: Record<string, string>): string {
  return route.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(parameters[key] ?? ''));
}
