import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { forecastLimits, routes, type ForecastLimits } from '#domain';
import { StateStore } from '#store';
import { Returns, ReturnsNothing } from '../http/returns.decorator.js';

const KEY = 'forecast-limits';

/** What the rules of the alarm want breaches predicted of, beside the usual limit; prediction asks for it now and then. */
@ApiTags('alerts')
@Controller()
export class ForecastLimitsController {
  constructor(private readonly state: StateStore) {}

  @Get(routes.forecastLimits)
  @Returns(forecastLimits, 'Limits and horizons that the rules of the alarm ask forecasts for; none before it said so')
  async get(): Promise<ForecastLimits> {
    const [entry] = await this.state.read(KEY, forecastLimits);
    return entry?.value ?? { limits: [] };
  }

  @Put(routes.forecastLimits)
  @ReturnsNothing('The limits are kept, in place of those before')
  put(@Body({ schema: forecastLimits }) limits: ForecastLimits): Promise<void> {
    return this.state.put(KEY, limits);
  }
}
