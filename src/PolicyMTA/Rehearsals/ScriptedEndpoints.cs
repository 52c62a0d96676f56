using System.Collections.Concurrent;
using PolicyMTA.Policy;
using PolicyMTA.Sdk;

namespace PolicyMTA.Rehearsals;

/// <summary>Endpoints that answer what a test says, and keep what they are told. Thread-safe.</summary>
internal sealed class ScriptedEndpoints : IPolicyEndpoints
{
    private readonly ConcurrentDictionary<string, string?> _answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Name, string Data)> _told = new();

    /// <summary>What was told, in order: names and JSON texts.</summary>
    public IReadOnlyList<(string Name, string Data)> Told => [.. _told];

    /// <summary>Forgets all.</summary>
    public void Reset()
    {
        _answers.Clear();
        _told.Clear();
    }

    /// <summary>What an endpoint answers, as JSON; null: nothing.</summary>
    public void Set(string name, string? answer) => _answers[name] = answer;

    /// <inheritdoc/>
    public ValueTask<string> CallAsync(string name, string request, CancellationToken cancellationToken) => new(
        _answers.GetValueOrDefault(name) ?? throw new TemporaryFailureException(_answers.ContainsKey(name) ? $"the test lets {name} fail" : $"no request leaves from here: say what it gives with http.reply('{name}', …)"));

    /// <inheritdoc/>
    public void Tell(string name, string data) => _told.Enqueue((name, data));

    /// <inheritdoc/>
    public void Count(string name, double value)
    {
    }
}
