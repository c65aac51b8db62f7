import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { calibrationReport, CodedError, routes, type CalibrationReport } from '#domain';
import { StateStore } from '#store';
import { Returns, ReturnsNothing } from '../http/returns.decorator.js';

const KEY = 'calibration';

/** How honest the probabilities of the AMBERs are, as prediction counts it once a day. */
@ApiTags('alerts')
@Controller()
export class CalibrationController {
  constructor(private readonly state: StateStore) {}

  @Get(routes.calibration)
  @Returns(calibrationReport, 'Claimed probability against what came true')
  async get(): Promise<CalibrationReport> {
    const [entry] = await this.state.read(KEY, calibrationReport);
    if (!entry) throw new CodedError('NOT_FOUND', 'Prediction has not counted its claims yet.');
    return entry.value;
  }

  @Put(routes.calibration)
  @ReturnsNothing('The report is kept')
  put(@Body({ schema: calibrationReport }) report: CalibrationReport): Promise<void> {
    return this.state.put(KEY, report);
  }
}
