import Steering
import Testing
import Units

/// Queues that some workers alone may serve.
@Suite struct QueueWorkersTests {
  private func assign(
    _ sets: [[UInt8]?], mode: SteeringMode = .vmqAndVRSS, excludeHome: Bool = false, maximum: Int = .max
  ) -> [QueueAssignment.Queue] {
    let requests = sets.enumerated().map { place, set in
      QueueRequest(
        name: "p\(place)", maximumWorkers: maximum, excludeHome: excludeHome, workers: set?.map { WorkerID($0) })
    }
    return Array(QueueAssignment(requests, mode: mode, workers: 4, limit: 16).queues.dropFirst())
  }

  @Test func aQueueStaysOnItsWorkers() {
    for mode in [SteeringMode.vmq, .vmqAndVRSS] {
      let queues = assign([[1, 3], [0, 2], nil, [1, 3], [1, 3]], mode: mode)
      for (queue, set) in zip(queues, [[1, 3], [0, 2], [0, 1, 2, 3], [1, 3], [1, 3]]) {
        #expect(queue.table.used.allSatisfy { set.contains(Int($0.index)) })
        if mode == .vmqAndVRSS { #expect(queue.table.used.count == set.count) }
      }
      // Homes are dealt among the queue's own workers.
      #expect(Set([queues[0], queues[3], queues[4]].map(\.table.home.index)) == [1, 3])
    }
  }

  @Test func limitsCountAmongTheQueuesWorkers() {
    #expect(assign([[1, 3]], maximum: 1)[0].table.used == [WorkerID(1)])
    let apart = assign([[1, 3]], excludeHome: true)[0].table
    #expect(apart.home == WorkerID(1) && apart.workers.allSatisfy { $0 == WorkerID(3) })
    // A worker alone serves all.
    #expect(assign([[2]], excludeHome: true)[0].table.used == [WorkerID(2)])
  }

  @Test func rebalancingKeepsToThem() {
    var queue = RebalancerTests.queue([0.5, 0.4])
    let free = RebalancerTests.plan(SwitchLoad(workers: [1, 0, 0.2], queues: [queue]))
    #expect(free.moves.map(\.to) == [1])
    queue.workers = [WorkerID(0), WorkerID(2)]
    let bound = RebalancerTests.plan(SwitchLoad(workers: [1, 0, 0.2], queues: [queue]))
    #expect(bound.moves.map(\.to) == [2])
    queue.workers = [WorkerID(0)]
    #expect(RebalancerTests.plan(SwitchLoad(workers: [1, 0, 0.2], queues: [queue])).moves.isEmpty)
  }
}
