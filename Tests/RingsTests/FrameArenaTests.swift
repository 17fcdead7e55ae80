import Rings
import Testing
import Units

@Suite struct FrameArenaTests {
  @Test func itIsCutIntoChunksThatCanBeWrittenToTheEnd() throws {
    let arena = try FrameArena(size: Bytes(1 << 20))
    #expect(arena.chunkCount == 256)
    #expect(arena.byteCount == 1 << 20)
    #expect(UInt(bitPattern: arena.base) % 4096 == 0)
    for offset in [0, arena.byteCount - 8] { arena.base.storeBytes(of: 7, toByteOffset: offset, as: UInt64.self) }
  }

  @Test func aFramesAddressTellsItsChunkAndLeavesHeadroom() {
    for chunk in [0, 1, 255, 1 << 20, UInt32.max - 1] as [UInt32] {
      let address = FrameArena.frameAddress(chunk: chunk)
      #expect(address == UInt64(chunk) * 4096 + 256)
      #expect(FrameArena.chunk(of: address) == chunk)
      #expect(FrameArena.chunk(of: UInt64(chunk) * 4096) == chunk)
      #expect(FrameArena.chunk(of: UInt64(chunk) * 4096 + 4095) == chunk)
    }
  }

  @Test func anArenaThatDoesNotFitIsRefusedWithWhatToDo() {
    #expect {
      _ = try FrameArena(size: Bytes(1 << 46))
    } throws: { error in
      "\(error)" == "frame arena of 65536GiB: Cannot allocate memory; give the switch a smaller `arena:`"
    }
  }
}
