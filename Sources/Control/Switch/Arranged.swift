import Steering
import Units

/// What one arrangement of the steering maps says, the queues' tables left out: those change with every move.
struct Arranged: Equatable {
  var ports: [PortID: PortSteering]
  var filters: [VMQFilter: QueueID]
}
