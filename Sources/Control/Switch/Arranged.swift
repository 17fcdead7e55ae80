import Steering
import Units

/// What one arrangement of the steering maps says.
struct Arranged: Equatable {
  var assignment: QueueAssignment
  var ports: [PortID: PortSteering]
  var filters: [VMQFilter: QueueID]
}
