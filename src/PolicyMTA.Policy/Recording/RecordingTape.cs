using System.Text.Json;
using PolicyMTA.Policy.Lists;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>Writes down what one session asks, learns and decides. It outlives a change of generation: <see cref="SessionVars"/> carry it on.</summary>
internal sealed class RecordingTape(ISessionRecorder recorder, DateTimeOffset began) : Tape
{
    private readonly List<RecordedPart> _parts = [];
    private List<RecordedQuestion> _questions = [];
    private List<Slot> _slots = [];
    private List<DateTimeOffset> _times = [];
    private long _size;
    private bool _isCut;
    private SessionFacts? _session;

    /// <summary>Whose session is being recorded; the last one hands the tape in.</summary>
    public SessionPolicy? Owner { get; private set; }

    /// <summary>A generation's policies are asked from now on.</summary>
    public void Begin(SessionPolicy owner, string generation, string set, int seed)
    {
        Owner = owner;
        _questions = [];
        _parts.Add(new RecordedPart(generation, set, seed, _questions));
    }

    /// <summary>Asks, and writes down what comes of it.</summary>
    public async ValueTask<StageDecision> RecordAsync(Question question, ClientContext context, DeciderTrace decider, TimeProvider time, Func<ValueTask<StageDecision>> ask)
    {
        if (_isCut) return await ask();
        _session ??= context.Session;
        (_slots, _times) = ([], []);
        var at = time.GetUtcNow();
        var before = RecordedContext.Take(context, recorder.LongestBody);
        var headers = (context as EndOfDataContext)?.Message.Headers.ToArray();
        var decision = await ask();
        var after = (context as EndOfDataContext)?.Message.Headers;
        _size += before.GetRawText().Length;
        if (_size > recorder.LongestSession)
        {
            _isCut = true;
            return decision;
        }
        _questions.Add(new RecordedQuestion
        {
            Asked = question,
            At = at,
            Context = before,
            Answers = [.. _slots.Select(slot => slot.Answer)],
            Times = _times,
            Decision = decision,
            Headers = headers is not null && !headers.SequenceEqual(after!) ? [.. after!] : null,
            By = decider.Place,
        });
        return decision;
    }

    /// <summary>The transaction is over.</summary>
    public void EndTransaction()
    {
        if (_questions.Count > 0) _questions[^1] = _questions[^1] with { EndsTransaction = true };
    }

    /// <summary>The session is over.</summary>
    public void HandIn()
    {
        if (_session is not null) recorder.Take(new RecordedSession { Id = _session.Id, Began = began, Client = _session.Client.ToString(), Parts = _parts, IsCut = _isCut });
    }

    public override Task<T> Ask<T>(string what, string key, Func<ValueTask<T>> ask)
    {
        var slot = new Slot(new RecordedAnswer(what, key));
        var task = FillAsync(slot, ask());
        if (!_isCut) _slots.Add(slot);
        return task;
    }

    public override DateTimeOffset Now(TimeProvider time)
    {
        var now = time.GetUtcNow();
        // A loop that looks at the clock all the time is no recording.
        if (_times.Count < 1000) _times.Add(now);
        return now;
    }

    public override RestrictionAnswer? Hear(string signature) => null;

    public override void Keep(string signature, RestrictionAnswer answer) => _slots.Add(Slot.Of("restriction", signature, answer));

    public override Verdict? Leave(RuleAddress rule, Verdict? left)
    {
        if (left is not null) _slots.Add(Slot.Of("left alone", $"{rule.File}:{rule.Index}", left));
        return left;
    }

    private static async Task<T> FillAsync<T>(Slot slot, ValueTask<T> asked)
    {
        try
        {
            var value = await asked;
            slot.Fill(answer => answer with { Value = JsonSerializer.SerializeToElement(value, RecordingJson.Options) });
            return value;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            slot.Fill(answer => answer with { Failure = failure is TemporaryFailureException ? failure.Message : "temporary failure" });
            throw;
        }
    }

    /// <summary>Something that was asked for. What has come of it is looked at when the stage is over; it may come later, on another thread.</summary>
    private sealed class Slot(RecordedAnswer answer)
    {
        private volatile RecordedAnswer _answer = answer;

        public RecordedAnswer Answer => _answer;

        public static Slot Of<T>(string what, string key, T value) => new(new RecordedAnswer(what, key) { Value = JsonSerializer.SerializeToElement(value, RecordingJson.Options) });

        public void Fill(Func<RecordedAnswer, RecordedAnswer> fill) => _answer = fill(_answer);
    }
}
