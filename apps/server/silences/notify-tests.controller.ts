import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  notifyTest,
  notifyTestList,
  notifyTestResults,
  routeQuestion,
  routes,
  type NotifyTest,
  type RouteQuestion,
  type NotifyTestList,
  type NotifyTestResults,
} from '#domain';
import { z } from 'zod';
import { Returns, ReturnsNothing } from '../http/returns.decorator.js';
import { NotifyTests } from './notify-tests.js';

@ApiTags('alerts')
@Controller()
export class NotifyTestsController {
  constructor(private readonly tests: NotifyTests) {}

  @Get(routes.notifyTests)
  @Returns(notifyTestList, 'Samples that were asked for in the last minutes')
  list(): NotifyTestList {
    return { tests: this.tests.list(Date.now()) };
  }

  @Post(routes.notifyTests)
  @HttpCode(200)
  @Returns(notifyTest, 'The alarm sends a sample on every channel within a few seconds')
  request(): NotifyTest {
    return this.tests.request(Date.now());
  }

  @Post(routes.notifyRoutes)
  @HttpCode(200)
  @Returns(notifyTest, 'The alarm answers within a few seconds who would be told; nothing is sent')
  ask(@Body({ schema: routeQuestion }) question: RouteQuestion): NotifyTest {
    return this.tests.request(Date.now(), question);
  }

  @Put(routes.notifyTest)
  @ReturnsNothing('How it went is noted')
  answer(
    @Param('id', { schema: z.string().min(1).max(80) }) id: string,
    @Body({ schema: notifyTestResults }) results: NotifyTestResults,
  ): void {
    this.tests.answer(id, results, Date.now());
  }
}
