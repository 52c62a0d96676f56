using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PolicyMTA.Configuration;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Endpoints;

/// <summary>
/// The endpoints of a generation. Events wait in a bounded line and are posted one after the other; one that nobody takes after some tries is dropped, counted and told, at most once a minute. Thread-safe.
/// </summary>
internal sealed partial class PolicyEndpoints : IPolicyEndpoints, IAsyncDisposable
{
    private const int MostWaiting = 1000;
    private static readonly TimeSpan BetweenComplaints = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)];
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyDictionary<string, EndpointSection> _http;
    private readonly IReadOnlyDictionary<string, EndpointSection> _events;
    private readonly EndpointClient _client;
    private readonly PolicyCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Channel<(string Name, string Data)> _waiting = Channel.CreateBounded<(string, string)>(MostWaiting);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _telling;
    private long? _lastComplaint;

    internal PolicyEndpoints(IReadOnlyDictionary<string, EndpointSection> http, IReadOnlyDictionary<string, EndpointSection> events, PolicyCounters counters, TimeProvider time, ILogger log)
    {
        (_http, _events, _counters, _time, _log, _client) = (http, events, counters, time, log, new EndpointClient(time));
        _telling = events.Count == 0 ? Task.CompletedTask : Task.Run(TellAllAsync);
    }

    /// <inheritdoc/>
    public ValueTask<string> CallAsync(string name, string request, CancellationToken cancellationToken) =>
        _client.PostAsync(_http.GetValueOrDefault(name) ?? throw Unknown("http", name, _http.Keys), request, cancellationToken);

    /// <inheritdoc/>
    public void Tell(string name, string data)
    {
        if (!_events.ContainsKey(name)) throw Unknown("events", name, _events.Keys);
        if (!_waiting.Writer.TryWrite((name, data))) Drop(name, "too many wait");
    }

    /// <inheritdoc/>
    public void Count(string name, double value) => _counters.Add(name, value);

    /// <summary>What waits is posted for a moment longer; the rest is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _end.CancelAfter(LastPatience);
        await _telling;
        _client.Dispose();
        _end.Dispose();
    }

    private async Task TellAllAsync()
    {
        try
        {
            await foreach (var (name, data) in _waiting.Reader.ReadAllAsync(_end.Token)) await TellAsync(name, data);
        }
        catch (OperationCanceledException) { }
    }

    private async Task TellAsync(string name, string data)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await _client.PostAsync(_events[name], data, _end.Token);
                _counters.Told(name);
                return;
            }
            catch (TemporaryFailureException error)
            {
                if (attempt == Pauses.Length)
                {
                    Drop(name, error.Message);
                    return;
                }
                await Task.Delay(Pauses[attempt], _time, _end.Token);
            }
        }
    }

    private void Drop(string name, string why)
    {
        _counters.Dropped(name);
        if (_lastComplaint is { } last && _time.GetElapsedTime(last) < BetweenComplaints) return;
        _lastComplaint = _time.GetTimestamp();
        Log.Dropped(_log, name, why);
    }

    private static ConfigurationException Unknown(string section, string name, IEnumerable<string> known) => new($"there is no section [{section}.{name}]{Spelling.Suggest(name, known)}");

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "an event for {Name} is lost: {Why}")]
        public static partial void Dropped(ILogger logger, string name, string why);
    }
}
