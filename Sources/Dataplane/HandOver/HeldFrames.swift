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
  /// Places that were used before; and the first one that never was: what is never used is never touched.
  private var free = Self.none
  private var fresh: Int32 = 0
  /// Chunks of the frames held.
  private(set) var chunks = 0

  init() { places = .allocate(capacity: Self.capacity) }

  func deallocate() { places.deallocate() }

  /// Stores a frame that no list holds yet; `none` when there is no place.
  mutating func store(_ frame: Frame) -> Int32 {
    var place = free
    if place != Self.none {
      free = places[Int(place)].next
    } else if fresh < Self.capacity {
      place = fresh
      fresh &+= 1
    } else {
      return Self.none
    }
    (places + Int(place)).initialize(to: Place(frame: frame, next: Self.none))
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
