/// Frames that wait at a worker's fences, as lists in one block of memory.
struct HeldFrames {
  /// The most frames a worker holds; the next one is a counted drop.
  static let capacity = 4096
  static let none: Int32 = -1

  struct Place {
    var frame: Frame
    var next: Int32
  }

  let places: UnsafeMutablePointer<Place>
  private var free: Int32 = 0
  /// Chunks of the frames held.
  private(set) var chunks = 0

  init() {
    places = .allocate(capacity: Self.capacity)
    for i in 0..<Self.capacity {
      (places + i).initialize(to: Place(frame: Frame(), next: i + 1 < Self.capacity ? Int32(i + 1) : Self.none))
    }
  }

  func deallocate() { places.deallocate() }

  /// Stores a frame that no list holds yet; `none` when there is no place.
  mutating func store(_ frame: Frame) -> Int32 {
    let place = free
    if place == Self.none { return place }
    free = places[Int(place)].next
    places[Int(place)] = Place(frame: frame, next: Self.none)
    chunks &+= Int(frame.parts)
    return place
  }

  /// Takes the frame of a place, and frees the place.
  mutating func take(_ place: Int32) -> Place {
    let taken = places[Int(place)]
    places[Int(place)].next = free
    free = place
    chunks &-= Int(taken.frame.parts)
    return taken
  }
}
