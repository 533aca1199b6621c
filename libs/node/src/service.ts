import type { Clock, Logger, Metrics } from '@animechain/core'
import { loop, type Loop, type LoopDefinition } from '@animechain/runtime'
import type { ServiceName } from './types.js'

export type ServiceDefinition = LoopDefinition<ServiceName>
export type LoopService = Loop<ServiceName>

/** A step in a loop whose failures are counted. One for want of another service, whose step it asked for, counts as that one's. */
export function service(
  definition: ServiceDefinition,
  {
    clock,
    logger,
    metrics,
    onError,
  }: { clock: Clock; logger: Logger; metrics: Metrics; onError(error: Error): void },
): LoopService {
  const errors = metrics.counter({
    name: 'rollup_service_errors_total',
    help: 'Steps of a service that failed.',
    labels: ['service'],
  })
  const labels = { service: definition.name }
  // A series that begins with its first failure would not show it as an increase.
  errors.inc(0, labels)
  return loop(definition, { clock, logger, onError, onFailure: () => errors.inc(1, labels) })
}
