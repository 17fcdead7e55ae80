import CLinux
import Glibc
import Synchronization
import Units

/// Connections: made, greeted, given up, made anew.
extension PageSender {
  /// Opens the connection over which the target asks for pages, and a thread that reads it.
  func openWants() throws(MigrationError) {
    let channel = Channel(number: channels.count, addresses: channels[0].addresses)
    hello.wants = true
    defer { hello.wants = false }
    _ = try connect(channel, resumes: true)
    guard let connection = channel.connection else { return }
    wants = connection
    connection.waits(atMost: nil)
    threads.append(
      JoinableThread(name: "wants") { [dispatcher, pages = image.pageCount] in
        while let bytes = try? connection.receive(count: 8) {
          let page = WireBytes(bytes).get(0, as: UInt64.self)
          if page < UInt64(pages) { dispatcher.want(Int(page)) }
        }
      })
  }

  /// The VM is handed over, and these pages follow: whole, and those asked for first.
  package func beginPostCopy() {
    isCommitted = true
    counts.wantsWhole.store(true, ordering: .relaxed)
    dispatcher.beginUrgent()
  }

  /// Makes a connection over the first address that answers. False: the target is busy. What was lost is queued.
  func connect(_ channel: Channel, resumes: Bool) throws(MigrationError) -> Bool {
    var fault: MigrationError?
    var absences = 0
    for address in channel.addresses {
      do throws(MigrationError) {
        return try connect(channel, to: address, resumes: resumes)
      } catch {
        if isFinal { throw error }
        if error.code == ECONNREFUSED || error.code == Self.unknown { absences += 1 }
        fault = fault ?? error
      }
    }
    // One address alone may lead to another target, while the one that has the VM cannot be reached.
    if resumes, channel.number == 0, absences == channel.addresses.count {
      (isFinal, targetIsGone) = (true, true)
      throw MigrationError(
        "\(place) to \(channel.addresses[0])", "the target is gone: nobody there knows of the migration any more")
    }
    throw fault!
  }

  /// In place of an errno: somebody else listens at the address, or the target anew.
  private static let unknown = ENOENT

  func connect(
    _ channel: Channel, to address: Endpoint, resumes: Bool
  ) throws(MigrationError) -> Bool {
    let port = sourcePort.map { $0 &+ UInt16(channel.number) }
    let connection = try TCPConnection.connect(
      to: address, sourcePort: port, place: "\(place) to \(address)", patience: options.patience)
    try connection.secure(with: context, isServer: false)
    var hello = hello
    (hello.connection, hello.resumes) = (channel.number, resumes)
    let answer: HelloAnswer
    do throws(MigrationError) {
      try connection.send(hello.encoded)
      answer = try HelloAnswer.receive(from: connection)
    } catch {
      throw resumes || error.fix != ""
        ? error
        : MigrationError(error.place, "\(error.fault) instead of a greeting", fix: "check that --to names a target")
    }
    // Only connection 0 is believed: another path that does not lead to the target is one that is broken.
    let isBelieved = channel.number == 0
    switch answer {
    case .accepted(let received):
      dispatcher.add(channel.connected(connection, to: address, received: received))
      // What leads there again does so for others.
      for other in channels where other.connection == nil && other.addresses.contains(address) {
        other.nextAttempt = Nanoseconds(0)
      }
      if channel.number == 0 { channel.reader = RecordReader(connection, sequence: hello.replies) }
      progress.connected(descriptor: connection.descriptor)
      return true
    case .busy: return false
    case .unknown:
      var fault = MigrationError(connection.place, "the target knows nothing of the migration")
      fault.code = Self.unknown
      throw fault
    case .refused(let text):
      if isBelieved { (isFinal, targetIsGone) = (true, resumes) }
      throw MigrationError(
        connection.place, (resumes ? "the target gave up: " : "the target refuses: ") + text)
    case .lost(let text):
      if isBelieved { (isFinal, targetLostVM) = (true, true) }
      throw MigrationError(connection.place, "the target gave up: " + text)
    }
  }

  func drop(_ channel: Channel) {
    if let connection = channel.connection {
      progress.disconnected(descriptor: connection.descriptor)
      connection.reset()
    }
    channel.connection = nil
    dispatcher.broke(channel)
  }

  /// Tries to make a broken connection anew, not for long; throws when there is no use in trying again.
  func mend(_ channel: Channel) throws(MigrationError) {
    let began = now()
    channel.nextAttempt = began + (channel.number == 0 ? Self.retryFirst : Self.retryPath)
    do throws(MigrationError) {
      guard try connect(channel, resumes: true) else { return }
      dispatcher.mended(channel)
    } catch {
      if isFinal { throw error }
      fault = error
      postpone(after: now() - began, path: channel.addresses[0])
    }
    noteProgress()
    // Others may go on for as long as they do.
    if channel.number != 0, dispatcher.hasConnection { return }
    if now() > lastAlive + options.patience {
      throw MigrationError(
        fault?.place ?? place, "\(fault?.fault ?? "cut"), and no connection came back within \(options.patience)")
    }
  }

  /// The longer an attempt took, the longer until a path is tried again.
  private func postpone(after spent: Nanoseconds, path: Endpoint) {
    let next = now() + Self.retryPath + Nanoseconds(3 * spent.count)
    for other in channels where other.number != 0 && other.connection == nil && other.addresses[0] == path {
      other.nextAttempt = next
    }
  }

  /// Connections that stand but take nothing are as good as none.
  func noteProgress() {
    let acknowledged = progress.acknowledged()
    guard acknowledged > lastAcknowledged || isPaused else { return }
    lastAcknowledged = acknowledged
    lastAlive = now()
  }

  static let retryFirst = Nanoseconds.milliseconds(50)
  static let retryPath = Nanoseconds.seconds(1)
}
