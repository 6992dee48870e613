import NIOCore
import Synchronization

/// Whether the client at the other end of a connection is still there.
///
/// A client that closes its side while it waits for an answer has left: what is made for it ends within one step.
final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var next = 0
        var actions: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Does `action` when the client leaves, at once if it has; until `forget` is given the result.
    func onLeaving(_ action: @escaping @Sendable () -> Void) -> Int? {
        let key = state.withLock { state -> Int? in
            if state.isGone { return nil }
            state.next += 1
            state.actions[state.next] = action
            return state.next
        }
        if key == nil { action() }
        return key
    }

    func forget(_ key: Int?) {
        guard let key else { return }
        state.withLock { $0.actions[key] = nil }
    }

    fileprivate func leave() {
        let actions = state.withLock { state in
            state.isGone = true
            defer { state.actions = [:] }
            return state.actions.values
        }
        for action in actions { action() }
    }
}

/// The presence of every connection's client.
final class ClientPresences: Sendable {
    private let known = Mutex<[ObjectIdentifier: ClientPresence]>([:])

    /// The client of `channel`; `nil` for a channel without an observer.
    func client(of channel: any Channel) -> ClientPresence? { known.withLock { $0[ObjectIdentifier(channel)] } }

    /// Connections that are open.
    var count: Int { known.withLock { $0.count } }

    /// What has to stand in a connection's pipeline.
    func observer() -> any RemovableChannelHandler { PresenceObserver(self) }

    /// Treats every client as gone.
    func leaveAll() {
        let clients = known.withLock { Array($0.values) }
        for client in clients { client.leave() }
    }

    fileprivate func open(_ channel: any Channel) {
        known.withLock { $0[ObjectIdentifier(channel)] = ClientPresence() }
    }

    fileprivate func close(_ channel: any Channel, isLast: Bool) {
        let client = known.withLock {
            isLast ? $0.removeValue(forKey: ObjectIdentifier(channel)) : $0[ObjectIdentifier(channel)]
        }
        client?.leave()
    }
}

/// Tells when a connection's other side is closed.
private final class PresenceObserver: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let presences: ClientPresences

    init(_ presences: ClientPresences) { self.presences = presences }

    func handlerAdded(context: ChannelHandlerContext) { presences.open(context.channel) }

    func handlerRemoved(context: ChannelHandlerContext) { presences.close(context.channel, isLast: true) }

    func channelInactive(context: ChannelHandlerContext) {
        presences.close(context.channel, isLast: true)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { presences.close(context.channel, isLast: false) }
        context.fireUserInboundEventTriggered(event)
    }
}

/// What `work` gives; it is cancelled when the client leaves.
func whilePresent<Value: Sendable>(
    _ client: ClientPresence?, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await work() }
    let key = client?.onLeaving { task.cancel() }
    defer { client?.forget(key) }
    return try await withTaskCancellationHandler {
        try await task.value
    } onCancel: {
        task.cancel()
    }
}
