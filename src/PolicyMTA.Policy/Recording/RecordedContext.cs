using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Recording;

/// <summary>A context at one moment, to be made again later. An immutable value.</summary>
internal sealed record RecordedContext
{
    public required SessionFacts Session { get; init; }
    public TransactionFacts? Transaction { get; init; }
    public IReadOnlyList<Recipient> Recipients { get; init; } = [];
    public RecordedMessage? Message { get; init; }
    public LocalUser? User { get; init; }
    public string? Domain { get; init; }
    public LoginFacts? Login { get; init; }
    public Address? Address { get; init; }

    /// <summary>Takes what a context says now.</summary>
    public static JsonElement Take(ClientContext context, long longestBody)
    {
        var record = new RecordedContext { Session = context.Session, Transaction = (context as SenderContext)?.Transaction };
        record = context switch
        {
            EndOfDataContext c => record with { Recipients = c.Recipients, Message = RecordedMessage.Take(c.Message, longestBody), User = (c as LocalSubmissionContext)?.User },
            DataContext c => record with { Recipients = c.Recipients },
            RecipientContext c => record with { Recipients = [c.PeekRecipient()] },
            EtrnContext c => record with { Domain = c.Domain },
            AuthContext c => record with { Login = c.Attempt },
            VrfyContext c => record with { Address = c.Address },
            _ => record,
        };
        return JsonSerializer.SerializeToElement(record, RecordingJson.Options);
    }

    /// <summary>The context that a question was asked with.</summary>
    /// <exception cref="JsonException">It is not whole.</exception>
    public static ClientContext Restore(Question question, JsonElement json)
    {
        var record = RecordingJson.Read<RecordedContext?>(json) ?? throw new JsonException("a context is missing");
        return question switch
        {
            Question.Client => new ClientContext(record.Session),
            Question.Helo => new HeloContext(record.Session),
            Question.Sender => new SenderContext(record.Session, Whole(record.Transaction)),
            Question.Recipient or Question.Advice => new RecipientContext(record.Session, Whole(record.Transaction), record.Recipients is [var recipient] ? recipient : throw new JsonException("a question at RCPT has one recipient")),
            Question.Etrn => new EtrnContext(record.Session, Whole(record.Domain)),
            Question.Auth => new AuthContext(record.Session, Whole(record.Login)),
            Question.Vrfy => new VrfyContext(record.Session, Whole(record.Address)),
            Question.Data => new DataContext(record.Session, Whole(record.Transaction), record.Recipients),
            Question.LocalSubmission => new LocalSubmissionContext(record.Session, Whole(record.Transaction), record.Recipients, Whole(record.Message).Open(), Whole(record.User)),
            _ => new EndOfDataContext(record.Session, Whole(record.Transaction), record.Recipients, Whole(record.Message).Open()),
        };
    }

    private static T Whole<T>(T? part) where T : class => part ?? throw new JsonException($"{typeof(T).Name} is missing in a context");
}
