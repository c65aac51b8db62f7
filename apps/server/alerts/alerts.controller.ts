import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  alarmState,
  alert,
  alertPage,
  alertsQuery,
  forecastPage,
  forecastsQuery,
  forecastUpdate,
  heartbeat,
  heartbeatService,
  incidentUpdate,
  incidentValues,
  routes,
  serviceList,
  type AlarmState,
  type Alert,
  type AlertPage,
  type ForecastPage,
  type ForecastUpdate,
  type Heartbeat,
  type HeartbeatService,
  type IncidentUpdate,
  type IncidentValues,
  type ServiceList,
} from '#domain';
import { z } from 'zod';
import { Returns, ReturnsNothing } from '../http/returns.decorator.js';
import { pageOf } from '../http/page.js';
import { AlertBoard } from './alert-board.js';
import { ForecastBoard, keyOf } from './forecast-board.js';
import { Heartbeats } from './heartbeats.js';
import { Incidents } from './incidents.js';

@ApiTags('alerts')
@Controller()
export class AlertsController {
  constructor(
    private readonly incidents: Incidents,
    private readonly board: AlertBoard,
    private readonly forecasts: ForecastBoard,
    private readonly heartbeats: Heartbeats,
  ) {}

  @Get(routes.queryAlarm)
  @Returns(alarmState, 'The worst colour now, every open alert, and why the alarm may not see all')
  state(): AlarmState {
    return this.board.state(Date.now());
  }

  @Get(routes.alerts)
  @Returns(alertPage, 'Incidents, the newest first')
  list(@Query({ schema: alertsQuery }) query: z.infer<typeof alertsQuery>): Promise<AlertPage> {
    return this.board.list(query, Date.now());
  }

  @Put(routes.alerts)
  @ReturnsNothing('The incidents are recorded')
  putAlerts(@Body({ schema: incidentUpdate }) update: IncidentUpdate): Promise<void> {
    return this.incidents.put(update.incidents);
  }

  @Put(routes.alertValues)
  @ReturnsNothing('The newest values of open alerts are shown; those of others are left out')
  putValues(@Body({ schema: incidentValues }) { values }: IncidentValues): void {
    this.incidents.putValues(values);
  }

  @Get(routes.alert)
  @Returns(alert, 'One alert, open or closed, by its id or at least four characters of its beginning')
  one(@Param('id', { schema: z.string().min(1).max(64) }) id: string): Promise<Alert> {
    return this.board.find(id, Date.now());
  }

  @Get(routes.forecasts)
  @Returns(forecastPage, 'The breaches that are predicted now')
  listForecasts(@Query({ schema: forecastsQuery }) query: z.infer<typeof forecastsQuery>): ForecastPage {
    const all = this.forecasts.list(Date.now()).filter((one) => query.host === undefined || one.host === query.host);
    const page = pageOf(all, query, keyOf);
    return { version: this.forecasts.version, forecasts: page.entries, next: page.next };
  }

  @Put(routes.forecasts)
  @ReturnsNothing('The forecasts are taken')
  putForecasts(@Body({ schema: forecastUpdate }) update: ForecastUpdate): void {
    this.forecasts.put(update, Date.now());
  }

  @Get(routes.heartbeats)
  @Returns(serviceList, 'When prediction and alarm were last heard of')
  services(): ServiceList {
    return { services: this.heartbeats.list(Date.now()) };
  }

  @Put(routes.heartbeat)
  @ReturnsNothing('The heartbeat is taken')
  beat(
    @Param('service', { schema: heartbeatService }) service: HeartbeatService,
    @Body({ schema: heartbeat }) beat: Heartbeat,
  ): void {
    this.heartbeats.put(service, beat, Date.now());
  }
}
