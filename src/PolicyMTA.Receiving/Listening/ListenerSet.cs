using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Receiving.Listening;

/// <summary>What is listened on now, and what the next generation wants instead: prepared without effect on anybody, then switched to or abandoned. One call at a time.</summary>
internal sealed class ListenerSet(ILoggerFactory loggers, InheritedSockets inherited, Action<BoundListener, ConnectionContext> serve, ILogger log)
{
    private volatile IReadOnlyList<BoundListener> _bound = [];
    private Prepared? _prepared;

    internal IReadOnlyList<BoundListener> Bound => _bound;

    /// <exception cref="ConfigurationException">An address can't be listened on; what was bound before stays as it was.</exception>
    internal async ValueTask PrepareAsync(IEnumerable<ListenerSettings> listeners, CancellationToken cancellationToken)
    {
        await AbandonAsync();
        var wanted = listeners.SelectMany(l => EndPoints(l).Select(e => (Settings: l, EndPoint: e))).ToList();
        var prepared = new Prepared([], []);
        _prepared = prepared;
        try
        {
            // First what stays: only the others may have to make room.
            foreach (var (settings, endPoint) in wanted)
            {
                if (Find(settings, endPoint) is not { } same) continue;
                same.Permit(settings);
                prepared.Kept.Add((same, settings.Name));
            }
            var leaving = _bound.Except(prepared.Kept.Select(k => k.Listener)).ToList();
            foreach (var (settings, endPoint) in wanted)
            {
                if (Find(settings, endPoint) is null) prepared.Added.Add(await BoundListener.BindAsync(settings, endPoint, leaving, inherited, loggers, cancellationToken));
            }
        }
        catch
        {
            await AbandonAsync();
            throw;
        }
    }

    /// <summary>Accepts where <see cref="PrepareAsync"/> bound and closes what is gone, once the generation that knows these listeners is in force.</summary>
    internal async ValueTask SwitchAsync()
    {
        if (Interlocked.Exchange(ref _prepared, null) is not { } prepared) return;
        var before = _bound;
        foreach (var (listener, name) in prepared.Kept) listener.Name = name;
        _bound = [.. prepared.Kept.Select(k => k.Listener), .. prepared.Added];
        foreach (var listener in prepared.Added) listener.Start(serve, log);
        foreach (var gone in before.Except(_bound)) await gone.DisposeAsync();
    }

    /// <summary>Closes what <see cref="PrepareAsync"/> bound in vain.</summary>
    internal async ValueTask AbandonAsync()
    {
        if (Interlocked.Exchange(ref _prepared, null) is not { } prepared) return;
        foreach (var listener in prepared.Added) await listener.DisposeAsync();
    }

    /// <summary>Listens nowhere any more.</summary>
    internal async ValueTask CloseAsync()
    {
        await AbandonAsync();
        var bound = _bound;
        _bound = [];
        foreach (var listener in bound) await listener.DisposeAsync();
    }

    /// <summary>
    /// The listener of a generation that a connection came to: by its address, since in the instant of a switch the generation may know it by another name
    /// already, and another address by this one; else by its name, when the address is on its way out.
    /// </summary>
    internal static ListenerSettings? Find(ReceivingGeneration generation, BoundListener bound) =>
        generation.Listeners.Values.FirstOrDefault(l => EndPoints(l).Any(e => Serves(bound, l, e))) ?? generation.Listeners.GetValueOrDefault(bound.Name);

    private BoundListener? Find(ListenerSettings settings, EndPoint endPoint) => _bound.FirstOrDefault(b => Serves(b, settings, endPoint));

    /// <summary>An address that stays may get another name; port 0 is a new address each time.</summary>
    private static bool Serves(BoundListener bound, ListenerSettings settings, EndPoint endPoint) =>
        bound.Asked.Equals(endPoint) && (bound.Name == settings.Name || endPoint is not IPEndPoint { Port: 0 });

    private static IEnumerable<EndPoint> EndPoints(ListenerSettings listener) => listener.FurtherEndPoints.Prepend(listener.EndPoint);

    private sealed record Prepared(List<(BoundListener Listener, string Name)> Kept, List<BoundListener> Added);
}
