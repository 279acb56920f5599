//! What it costs to read a CALL and to write its INVOCATION, in every serializer.
//!
//! `cargo bench -p wamp-proto`; docs/performance.md has figures.

use bytes::{Bytes, BytesMut};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wamp_proto::message::{Call, Invocation};
use wamp_proto::options::{CallOptions, InvocationDetails};
use wamp_proto::{Message, Payload, RegistrationId, RequestId, Serializer, Uri, decode, encode};

/// The lengths of the one argument, in octets.
const LENGTHS: [usize; 3] = [32, 4 << 10, 64 << 10];

fn payload(serializer: Serializer, length: usize) -> Payload {
    let text = "abcdefgh".repeat(length / 8);
    Payload::new(serializer, &[text], &()).expect("text has a form in every serializer")
}

fn call(serializer: Serializer, length: usize) -> Bytes {
    let call = Call {
        request: RequestId::new(123_456).expect("an id"),
        options: CallOptions::default().into(),
        procedure: Uri::from("com.example.bench.procedure".to_owned()),
        payload: payload(serializer, length),
    };
    frame(serializer, &call.into())
}

fn invocation(serializer: Serializer, length: usize) -> Message {
    let invocation = Invocation {
        request: RequestId::new(123_456).expect("an id"),
        registration: RegistrationId::new(7_654_321).expect("an id"),
        details: InvocationDetails::default().into(),
        payload: payload(serializer, length),
    };
    invocation.into()
}

fn frame(serializer: Serializer, message: &Message) -> Bytes {
    let mut out = BytesMut::new();
    encode(message, serializer, &mut out).expect("it has a form in every serializer");
    out.freeze()
}

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read CALL");
    for serializer in Serializer::ALL {
        for length in LENGTHS {
            let frame = call(serializer, length);
            let id = BenchmarkId::new(serializer.name(), length);
            group.throughput(Throughput::Bytes(length as u64));
            group.bench_with_input(id, &frame, |bencher, frame| {
                bencher.iter(|| decode(serializer, black_box(frame)));
            });
        }
    }
}

fn writing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write INVOCATION");
    for serializer in Serializer::ALL {
        for length in LENGTHS {
            let message = invocation(serializer, length);
            let id = BenchmarkId::new(serializer.name(), length);
            group.throughput(Throughput::Bytes(length as u64));
            let mut out = BytesMut::new();
            group.bench_with_input(id, &message, |bencher, message| {
                bencher.iter(|| {
                    out.clear();
                    encode(black_box(message), serializer, &mut out)
                });
            });
        }
    }
}

criterion_group!(benches, reading, writing);
criterion_main!(benches);
