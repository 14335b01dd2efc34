"""Reads Spillway's event files with h5py and numpy alone (docs/event_file.md, docs/formats.md).

Raises ValueError for what cannot be read as it is meant. Whether bytes that can are those that were written is told by
`spillway verify`, not here.

    import spillway_file
    with spillway_file.EventFile("run000042_0000.h5") as run:
        for row in run.fragments[run.fragments["frames"] > 0]:
            print(run.stream(row), run.payload(row).size)
        adc = run.wibeth_samples(run.fragments[0])     # of a liquid-argon TPC: frames x 64 ticks x 64 channels
"""

import h5py
import numpy

FRAME_BYTES = 7200
HEAD_BYTES = 32
CHANNELS = SAMPLES = 64
ADC_BITS = 14
WIBETH = 4  # encoding family


class EventFile:
    """One event file, closed or (by SWMR) still being written. Tables are numpy arrays, made when the file is opened.

    In a long exposure most gates stand in the file as trains. `gates`, `decisions` and `pulses` hold those of the trains
    as well, in the order of detectors and ids; they are made when they are first asked for. Where they would not fit the
    memory, take `decision_trains` and `pulse_trains` row by row with `gates_of_train` and `pulses_of_train`.
    """

    def __init__(self, path):
        self._file = h5py.File(path, "r", libver="latest", swmr=str(path).endswith(".writing"))
        self.detectors = [name.decode() for name in self._file["detectors"]["name"]]
        self.streams = [name.decode() for name in self._file["streams"]["name"]]
        for table in ("fragments", "missing", "dead", "truth", "clocks"):
            setattr(self, table, self._file[table][:])
        # Rows k of both belong together; the file may just be growing.
        decisions = self._file["decisions"][:]
        gates = self._file["gates"][:]
        both = min(len(gates), len(decisions))
        self._gates, self._decisions, self._pulses = gates[:both], decisions[:both], self._file["pulses"][:]
        in_file = "decision_trains" in self._file
        self.decision_trains = self._file["decision_trains"][:] if in_file else ()
        self.pulse_trains = self._file["pulse_trains"][:] if in_file else ()
        self._trains_pending = len(self.decision_trains) > 0
        self._pulse_trains_pending = len(self.pulse_trains) > 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()

    @property
    def gates(self):
        self._expand()
        return self._gates

    @property
    def decisions(self):
        self._expand()
        return self._decisions

    @property
    def pulses(self):
        if self._pulse_trains_pending:
            self._pulse_trains_pending = False
            parts = [self._pulses] + [pulses_of_train(row, self._pulses.dtype) for row in self.pulse_trains]
            pulses = numpy.concatenate(parts)
            self._pulses = pulses[numpy.lexsort((pulses["revision"], pulses["id"], pulses["facility"]))]
        return self._pulses

    def _expand(self):
        if not self._trains_pending:
            return
        self._trains_pending = False
        parts = [gates_of_train(row, self._gates.dtype, self._decisions.dtype) for row in self.decision_trains]
        gates = numpy.concatenate([self._gates] + [gates for gates, _ in parts])
        decisions = numpy.concatenate([self._decisions] + [decisions for _, decisions in parts])
        order = numpy.lexsort((decisions["id"], decisions["detector"]))
        self._gates, self._decisions = gates[order], decisions[order]

    def stream(self, row):
        """Name of the stream of a row of `fragments`."""
        if row["stream"] >= len(self.streams):
            raise ValueError(f"there is no stream {row['stream']}")
        return self.streams[row["stream"]]

    def stored(self, row):
        """The fragment's bytes as they lie in the file: uint8."""
        begin, length = int(row["offset"]), int(row["length"])
        payload = self._file["payload"][self.stream(row)]
        if begin + length > payload.size:
            raise ValueError(f"bytes {begin} to {begin + length} of {self.stream(row)} are not in the file")
        return payload[begin:begin + length]

    def payload(self, row):
        """The fragment's frames as the electronics sent them: uint8, decompressed where they are compressed."""
        if row["codec"] == 0:
            return self.stored(row)
        if row["codec"] not in (1, 2):
            raise ValueError(f"codec {row['codec']} is not known")
        return decode_adc(self.stored(row), int(row["frames"]))

    def wibeth_samples(self, row):
        """ADC counts of a fragment of WIBEth frames: uint16, frames x 64 ticks x 64 channels."""
        if row["encoding"] >> 16 != WIBETH:
            raise ValueError(f"the frames of {self.stream(row)} are no WIBEth frames")
        return wibeth_samples(self.payload(row))


def _begins(row):
    """Of each gate or pulse of a train, TAI ns: first + floor((phase + k num) / den), without an overflow."""
    k = numpy.arange(int(row["count"]), dtype=numpy.int64)
    whole, part = divmod(int(row["period_num"]), int(row["period_den"]))
    return int(row["first_ns"]) + k * whole + (int(row["phase"]) + k * part) // int(row["period_den"])


def gates_of_train(row, gate_type, decision_type):
    """The rows of /gates and /decisions that a row of /decision_trains stands for; the types are those tables'."""
    begin, k = _begins(row), numpy.arange(int(row["count"]), dtype=numpy.uint64)
    gates, decisions = numpy.zeros(k.size, gate_type), numpy.zeros(k.size, decision_type)
    for name in ("detector", "kind", "protons"):
        gates[name] = row[name]
    gates["index"], gates["pulse_id"] = row["first_index"] + k, row["first_pulse_id"] + k
    gates["begin_ns"], gates["end_ns"] = begin, begin + row["length_ns"]
    decisions["id"] = row["first_id"] + k * row["id_step"]
    decisions["detector"], decisions["bits"] = row["detector"], row["bits"]
    decisions["window_begin_ns"] = begin - row["pre_ns"]
    decisions["window_end_ns"] = gates["end_ns"] + row["post_ns"]
    return gates, decisions


def pulses_of_train(row, pulse_type):
    """The rows of /pulses that a row of /pulse_trains stands for; the type is that table's."""
    pulses = numpy.zeros(int(row["count"]), pulse_type)
    for name in ("facility", "protons", "protons_uncertainty", "flags"):
        pulses[name] = row[name]
    pulses["id"] = row["first_id"] + numpy.arange(pulses.size, dtype=numpy.uint64)
    pulses["begin_ns"] = _begins(row)
    pulses["end_ns"] = pulses["begin_ns"] + row["length_ns"]
    return pulses


def wibeth_samples(frames):
    """ADC counts of WIBEth frames that lie end to end (uint8): uint16, frames x 64 ticks x 64 channels."""
    rows = numpy.asarray(frames, numpy.uint8).reshape(-1, FRAME_BYTES)[:, HEAD_BYTES:]
    bits = numpy.unpackbits(rows, axis=1, bitorder="little").reshape(-1, SAMPLES, CHANNELS, ADC_BITS)
    return _numbers(bits).astype(numpy.uint16)


def decode_adc(coded, frames):
    """Decodes a payload of `frames` WIBEth frames that the ADC codec compressed: uint8. Raises ValueError where it is no
    such payload."""
    data = numpy.asarray(coded, numpy.uint8)
    if data.size < 16 or data[:7].tobytes() != b"SPWADC\x01":
        raise ValueError("these bytes are not of the ADC codec, version 1")
    mode, (said, head_bytes) = int(data[7]), data[8:16].view("<u4")
    if mode == 0:
        if said != 0 or head_bytes != 0 or data.size - 16 != frames * FRAME_BYTES:
            raise ValueError(f"{data.size - 16} bytes as they came are not {frames} frames")
        return data[16:]
    if mode not in (1, 2) or said != frames or frames == 0:
        raise ValueError(f"mode {mode}, {said} frames; {frames} are expected")
    at = 16 + int(head_bytes)
    heads = _decode_heads(data[16:at], frames)
    pedestals = _take(data, at, 128).view("<u2") >> 2
    residuals = _decode_fast(data, at + 128, frames) if mode == 1 else _decode_dense(data, at + 128, frames)
    raw = numpy.empty((frames, FRAME_BYTES), numpy.uint8)
    raw[:, :HEAD_BYTES] = heads
    raw[:, HEAD_BYTES:] = _packed(_samples(residuals, pedestals))
    return raw.reshape(-1)


def _take(data, at, size):
    if at + size > data.size:
        raise ValueError("a compressed payload ends too early")
    return numpy.ascontiguousarray(data[at:at + size])


def _numbers(bits):
    """Of the bits along the last axis, the lowest first."""
    return bits.astype(numpy.int32) @ (1 << numpy.arange(bits.shape[-1], dtype=numpy.int32))


def _advanced(word, at, bits, step):
    mask = ((1 << bits) - 1) << at
    return word & ~mask | (word + (step << at)) & mask


def _decode_heads(data, frames):
    words, at, heads = [0, 0, 0, 0], 0, []
    for _ in range(frames):
        control = int(_take(data, at, 1)[0])
        at += 1
        if control >= 32:
            raise ValueError("a frame's header is damaged")
        words[0] = _advanced(words[0], 40, 12, 1)
        words[1] = (words[1] + 2048) % (1 << 64)
        if control & 16:
            words[2] = _advanced(_advanced(words[2], 0, 15, 2048), 16, 15, 2048)
        for word in range(4):
            if control >> word & 1:
                words[word] = int(_take(data, at, 8).view("<u8")[0])
                at += 8
        heads.append(list(words))
    if at != data.size:
        raise ValueError("the frames' headers are damaged")
    return numpy.array(heads, "<u8").view(numpy.uint8)


def _decode_fast(data, at, frames):
    widths, begins = [], []
    for _ in range(frames):
        pairs = _take(data, at, 256)
        width = numpy.stack([pairs & 15, pairs >> 4], axis=1).reshape(-1).astype(numpy.int64)
        ends = at + 256 + numpy.cumsum(width)
        widths.append(width)
        begins.append(ends - width)
        at = int(ends[-1])
    if at != data.size:
        raise ValueError("a compressed payload does not end where its frames do")
    widths, begins = numpy.concatenate(widths), numpy.concatenate(begins)
    if widths.max() > ADC_BITS:
        raise ValueError("a group of samples is damaged")
    values = numpy.zeros((widths.size, 8), numpy.int32)
    for width in numpy.unique(widths[widths > 0]):
        which = numpy.flatnonzero(widths == width)
        groups = data[begins[which, None] + numpy.arange(width)]
        values[which] = _numbers(numpy.unpackbits(groups, axis=1, bitorder="little").reshape(-1, 8, width))
    return values.reshape(frames, SAMPLES, CHANNELS)


def _parameters(residuals):
    """The Rice parameters of the frame behind this one."""
    sums = numpy.minimum(residuals, 255).sum(axis=0)
    return sum((sums > 121 << k).astype(numpy.int64) for k in range(7))


def _decode_dense(data, at, frames):
    parameters = _take(data, at, CHANNELS).astype(numpy.int64)
    if parameters.max() > 7:
        raise ValueError("a Rice parameter is damaged")
    at += CHANNELS
    residuals = numpy.empty((frames, SAMPLES, CHANNELS), numpy.int64)
    for begin in range(0, frames, 16):
        head = _take(data, at, 36)
        sizes, escape_count = head[:32].view("<u2").astype(numpy.int64), int(head[32:].view("<u4")[0])
        at += 36
        ends = numpy.cumsum(sizes)
        streams = _take(data, at, int(ends[-1]))
        at += streams.size
        escapes = _take(data, at, 2 * escape_count).view("<u2")
        at += 2 * escape_count
        reader = _RiceReader(streams, 8 * (ends - sizes))
        taken = 0
        for frame in residuals[begin:begin + 16]:
            reader.read(frame, parameters)
            escaped = frame >= 8 << parameters
            count = int(escaped.sum())
            if taken + count > escape_count:
                raise ValueError("an escaped sample is missing")
            frame[escaped] = escapes[taken:taken + count]
            taken += count
            parameters = _parameters(frame)
        if taken != escape_count or numpy.any(-(-reader.position // 8) != ends):
            raise ValueError("a stream of Rice codes does not end where its samples do")
    if at != data.size:
        raise ValueError("a compressed payload does not end where its frames do")
    return residuals


class _RiceReader:
    """Sixteen streams side by side, each of four neighbouring channels."""

    def __init__(self, streams, position):
        bits = numpy.unpackbits(streams, bitorder="little")
        spare = numpy.zeros(64, numpy.uint8)
        padded = numpy.concatenate([bits, spare])
        places = numpy.arange(padded.size)
        # Of each bit on: where the next zero is, and the next seven bits as a number.
        zeros = numpy.where(padded == 0, places, padded.size)
        self._next_zero = numpy.minimum.accumulate(zeros[::-1])[::-1]
        self._number = _numbers(numpy.lib.stride_tricks.sliding_window_view(padded, 7))
        self._last = bits.size
        self.position = position

    def read(self, frame, parameters):
        """Fills 64 ticks x 64 channels."""
        by_stream = parameters.reshape(16, 4)
        position = self.position
        for row in frame.reshape(SAMPLES, 16, 4):
            if position.max() > self._last:
                raise ValueError("a stream of Rice codes ends too early")
            for channel in range(4):
                k = by_stream[:, channel]
                position = numpy.minimum(position, self._last)
                ones = self._next_zero[position] - position
                if ones.max() > 8:
                    raise ValueError("a Rice code is damaged")
                position = position + ones + 1
                row[:, channel] = ones << k | self._number[position] & ((1 << k) - 1)
                position = position + k
        self.position = position


def _samples(zigzags, pedestals):
    distances = zigzags >> 1 ^ -(zigzags & 1)
    steps = (numpy.clip(distances, -31, 31).sum(axis=1) + 32) >> 6
    moved = pedestals + numpy.cumsum(steps, axis=0) - steps
    return (distances + moved[:, None, :]) & (1 << ADC_BITS) - 1


def _packed(samples):
    bits = numpy.unpackbits(samples.astype("<u2").view(numpy.uint8).reshape(-1, 2), axis=1, bitorder="little")
    return numpy.packbits(bits[:, :ADC_BITS], bitorder="little").reshape(samples.shape[0], -1)
