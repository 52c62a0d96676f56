using Microsoft.Extensions.Logging;
using PolicyMTA.Generations;

namespace PolicyMTA.Composition;

/// <summary>Looks once a minute whether certificates were renewed, so that nobody has to reload for it.</summary>
internal sealed class CertificateWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly GenerationControl _generations;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;

    /// <summary>Watches the certificates of the generation in force.</summary>
    public CertificateWatch(GenerationControl generations, World world)
    {
        (_generations, _time) = (generations, world.Time);
        _log = world.Logging.CreateLogger("tls");
        _timer = world.Time.CreateTimer(_ => Look(), null, Interval, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        try
        {
            var generation = _generations.InForce;
            foreach (var certificate in generation.Certificates.Values.Concat(generation.NamedCertificates.Values).Distinct()) certificate.Look(_time.GetUtcNow(), _log);
        }
        finally
        {
            // One look at a time, however slow the files are; after the end there is no timer to set.
            try { _timer.Change(Interval, Timeout.InfiniteTimeSpan); }
            catch (ObjectDisposedException) { }
        }
    }
}
