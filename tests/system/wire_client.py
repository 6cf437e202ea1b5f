#!/usr/bin/python3
"""Speaks the protocol with nothing but the schema and the stock FlatBuffers package.

usage: wire_client.py FOLDER_OF_GENERATED_CODE SOCKET
"""

import socket
import struct
import sys

sys.path.insert(0, sys.argv[1])

import flatbuffers  # noqa: E402
from auralis.ipc.wire import (  # noqa: E402
    Assignment, Describe, Envelope, Get, Hello, Parameters, ParametersChanged, Set, StreamRate,
    Subscribe, Subscribed, Values, Welcome)
from auralis.ipc.wire.Body import Body  # noqa: E402
from auralis.ipc.wire.Stream import Stream  # noqa: E402

connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
connection.connect(sys.argv[2])


def send(number, kind, builder, body):
    Envelope.EnvelopeStart(builder)
    Envelope.EnvelopeAddId(builder, number)
    Envelope.EnvelopeAddBodyType(builder, kind)
    Envelope.EnvelopeAddBody(builder, body)
    envelope = Envelope.EnvelopeEnd(builder)
    builder.FinishSizePrefixed(envelope, b"AURL")
    connection.sendall(bytes(builder.Output()))


def exactly(count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        assert part, "the connection ended"
        data += part
    return data


def receive(number, kind, table):
    (count,) = struct.unpack("<I", exactly(4))
    data = exactly(count)
    assert data[4:8] == b"AURL", data[:8]
    envelope = Envelope.Envelope.GetRootAs(data, 0)
    assert envelope.Id() == number, (envelope.Id(), number)
    assert envelope.BodyType() == kind, (envelope.BodyType(), kind)
    body = table()
    body.Init(envelope.Body().Bytes, envelope.Body().Pos)
    return body


def vector(builder, start, offsets):
    start(builder, len(offsets))
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


b = flatbuffers.Builder(0)
name = b.CreateString("python")
Hello.HelloStart(b)
Hello.HelloAddProtocolVersion(b, 1)
Hello.HelloAddClientName(b, name)
send(1, Body.Hello, b, Hello.HelloEnd(b))
assert receive(1, Body.Welcome, Welcome.Welcome).ProtocolVersion() == 1

b = flatbuffers.Builder(0)
glob = b.CreateString("input.gain")
Describe.DescribeStart(b)
Describe.DescribeAddGlob(b, glob)
send(2, Body.Describe, b, Describe.DescribeEnd(b))
described = receive(2, Body.Parameters, Parameters.Parameters)
assert described.ParametersLength() == 1
assert described.Parameters(0).Key() == b"input.gain"
assert described.Parameters(0).Unit() == b"dB"
assert described.Parameters(0).Min() == -36.0

b = flatbuffers.Builder(0)
key = b.CreateString("input.gain")
text = b.CreateString("-3 dB")
Assignment.AssignmentStart(b)
Assignment.AssignmentAddKey(b, key)
Assignment.AssignmentAddText(b, text)
assignments = vector(b, Set.SetStartAssignmentsVector, [Assignment.AssignmentEnd(b)])
Set.SetStart(b)
Set.SetAddAssignments(b, assignments)
send(3, Body.Set, b, Set.SetEnd(b))
assert receive(3, Body.Values, Values.Values).Values(0).Value() == -3.0

b = flatbuffers.Builder(0)
keys = vector(b, Get.GetStartKeysVector, [b.CreateString("input.gain")])
Get.GetStart(b)
Get.GetAddKeys(b, keys)
send(4, Body.Get, b, Get.GetEnd(b))
values = receive(4, Body.Values, Values.Values)
assert (values.Values(0).Key(), values.Values(0).Value()) == (b"input.gain", -3.0)

b = flatbuffers.Builder(0)
StreamRate.StreamRateStart(b)
StreamRate.StreamRateAddStream(b, Stream.Parameters)
StreamRate.StreamRateAddRateHz(b, 60.0)
streams = vector(b, Subscribe.SubscribeStartStreamsVector, [StreamRate.StreamRateEnd(b)])
Subscribe.SubscribeStart(b)
Subscribe.SubscribeAddStreams(b, streams)
send(5, Body.Subscribe, b, Subscribe.SubscribeEnd(b))
assert receive(5, Body.Subscribed, Subscribed.Subscribed).Streams(0).RateHz() == 60.0
snapshot = receive(0, Body.ParametersChanged, ParametersChanged.ParametersChanged)
assert snapshot.Snapshot()
found = {snapshot.Values(i).Key(): snapshot.Values(i).Value()
         for i in range(snapshot.ValuesLength())}
assert found[b"input.gain"] == -3.0
print("spoken:", len(found), "parameters")
