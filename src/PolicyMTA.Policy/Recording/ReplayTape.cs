using System.Text.Json;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>Gives back what was recorded. What was not is asked of the world as it is.</summary>
/// <param name="isSame">The policies are those that were recorded.</param>
internal sealed class ReplayTape(bool isSame) : Tape
{
    private readonly Dictionary<(string What, string Key), Queue<RecordedAnswer>> _answers = [];
    private IReadOnlyList<DateTimeOffset> _times = [];
    private int _looks;
    private DateTimeOffset _now;

    /// <summary>The next question.</summary>
    public void Turn(RecordedQuestion question)
    {
        (_times, _looks, _now) = (question.Times, 0, question.At);
        _answers.Clear();
        foreach (var answer in question.Answers)
        {
            if (!_answers.TryGetValue((answer.What, answer.Key), out var same)) _answers[(answer.What, answer.Key)] = same = new();
            same.Enqueue(answer);
        }
    }

    public override Task<T>? Ask<T>(string what, string key, Func<ValueTask<T>> ask)
    {
        if (Find(what, key) is not { } answer) return ask().AsTask();
        if (answer.Failure is { } failure) return Task.FromException<T>(new TemporaryFailureException(failure));
        return answer.Value is { } value ? Task.FromResult(RecordingJson.Read<T>(value)) : null;
    }

    public override DateTimeOffset Now(TimeProvider time) => _looks < _times.Count ? _now = _times[_looks++] : _now;

    public override RestrictionAnswer? Hear(string signature) => Find("restriction", signature)?.Value is { } value ? RecordingJson.Read<RestrictionAnswer>(value) : null;

    public override void Keep(string signature, RestrictionAnswer answer)
    {
    }

    // Which rule fails how often in a row is another matter when sessions follow each other faster. What was left alone then says nothing about another rule.
    public override Verdict? Leave(RuleAddress rule, Verdict? left) =>
        isSame && Find("left alone", $"{rule.File}:{rule.Index}")?.Value is { } value ? RecordingJson.Own(RecordingJson.Read<Verdict>(value)) : null;

    private RecordedAnswer? Find(string what, string key) => _answers.TryGetValue((what, key), out var same) && same.TryDequeue(out var answer) ? answer : null;
}
