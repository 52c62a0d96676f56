using Jint.Native;
using PolicyMTA.Policy.Types;
using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Scripting.Contexts;

/// <summary>What is known of the transaction, as policies see it.</summary>
internal static class EnvelopeObjects
{
    private static readonly Record SenderRecord = new(
        "Sender", "/** The domain is in lower case; the null sender is ''. */ address: string", "local: string", "domain: string", "extension: string");
    private static readonly Record MailRecord = new(
        "Mail", "size: number | null", "body: '7bit' | '8bitmime' | 'binarymime' | null", "smtputf8: boolean", "ret: 'full' | 'hdrs' | null", "envid: string | null",
        "requiretls: boolean", "auth: string | null");
    private static readonly Record RecipientRecord = new(
        "Recipient", "/** The domain is in lower case. */ address: string", "local: string", "domain: string", "extension: string",
        "class: 'default' | 'local' | 'virtual_alias' | 'virtual_mailbox' | 'relay'", "notify: ('never' | 'success' | 'failure' | 'delay')[]", "orcpt: string | null");
    private static readonly Record ResultsRecord = new(
        "Results", "spf: AuthenticationResult | null", "dkim: AuthenticationResult | null", "dmarc: AuthenticationResult | null", "arc: AuthenticationResult | null",
        "iprev: AuthenticationResult | null", "spamassassin: AuthenticationResult | null", "rspamd: AuthenticationResult | null", "clamav: AuthenticationResult | null");
    private static readonly Record ResultRecord = new("AuthenticationResult", "result: string", "reason: string | null", "properties: { [name: string]: string }");
    private static readonly Record UserRecord = new("User", "name: string", "uid: number");

    public static readonly IReadOnlyList<TypeDeclaration> Declarations =
        [SenderRecord.Declaration, MailRecord.Declaration, RecipientRecord.Declaration, ResultsRecord.Declaration, ResultRecord.Declaration, UserRecord.Declaration];

    public static JsValue User(ContextState state) => state.LocalSubmission is { User: var user }
        ? UserRecord.Create(state.Engine.Engine, Record.Text(user.Name), JsNumber.Create(user.Id))
        : JsValue.Undefined;

    public static JsValue Sender(ContextState state)
    {
        if (state.Sender is not { } context) return JsValue.Undefined;
        var sender = context.Sender.WithFoldedDomain();
        var plus = sender.Local.IndexOf('+', StringComparison.Ordinal);
        return SenderRecord.Create(
            state.Engine.Engine, Record.Text(sender.ToString()), Record.Text(sender.Local), Record.Text(sender.Domain),
            Record.Text(plus > 0 ? sender.Local[(plus + 1)..] : ""));
    }

    public static JsValue Mail(ContextState state)
    {
        if (state.Sender?.Mail is not { } mail) return JsValue.Undefined;
        return MailRecord.Create(
            state.Engine.Engine,
            mail.Size is { } size ? JsNumber.Create(size) : JsValue.Null,
            Record.Text(mail.Body switch { BodyType.SevenBit => "7bit", BodyType.EightBitMime => "8bitmime", BodyType.BinaryMime => "binarymime", _ => null }),
            mail.SmtpUtf8 ? JsBoolean.True : JsBoolean.False,
            Record.Text(mail.Ret switch { Ret.Full => "full", Ret.Headers => "hdrs", _ => null }),
            Record.Text(mail.EnvelopeId),
            mail.RequireTls ? JsBoolean.True : JsBoolean.False,
            Record.Text(mail.Auth));
    }

    public static JsValue Recipient(ContextState state) => state.Recipient is { } recipient ? Of(state, recipient) : state.Data is null ? JsValue.Undefined : JsValue.Null;

    public static JsValue Recipients(ContextState state) => state.Data is { } data
        ? new JsArray(state.Engine.Engine, [.. data.Recipients.Select(r => Of(state, r))])
        : JsValue.Undefined;

    public static JsValue Results(ContextState state)
    {
        if (state.Sender?.Results is not { } results) return JsValue.Undefined;
        return ResultsRecord.Create(
            state.Engine.Engine, Result(state, results.Find("spf")), Result(state, results.Find("dkim")), Result(state, results.Find("dmarc")),
            Result(state, results.Find("arc")), Result(state, results.Find("iprev")),
            Result(state, results.Find("spamassassin")), Result(state, results.Find("rspamd")), Result(state, results.Find("clamav")));
    }

    private static JsObject Of(ContextState state, Recipient recipient)
    {
        var address = recipient.Address.WithFoldedDomain();
        return RecipientRecord.Create(
            state.Engine.Engine, Record.Text(address.ToString()), Record.Text(address.Local), Record.Text(address.Domain), Record.Text(recipient.Extension),
            Record.Text(ClassName(recipient.Class)), NotifyNames(state, recipient.Parameters.Notify), Record.Text(recipient.Parameters.OriginalRecipient));
    }

    private static JsValue Result(ContextState state, AuthenticationResult? result)
    {
        if (result is null) return JsValue.Null;
        var properties = new JsObject(state.Engine.Engine);
        foreach (var (name, value) in result.Properties) properties.FastSetDataProperty(name, value);
        return ResultRecord.Create(state.Engine.Engine, Record.Text(result.Result), Record.Text(result.Reason), properties);
    }

    private static JsArray NotifyNames(ContextState state, Notify notify)
    {
        var names = new List<JsValue>();
        if (notify.HasFlag(Notify.Never)) names.Add("never");
        if (notify.HasFlag(Notify.Success)) names.Add("success");
        if (notify.HasFlag(Notify.Failure)) names.Add("failure");
        if (notify.HasFlag(Notify.Delay)) names.Add("delay");
        return new JsArray(state.Engine.Engine, [.. names]);
    }

    private static string ClassName(AddressClass value) => value switch
    {
        AddressClass.Local => "local",
        AddressClass.VirtualAlias => "virtual_alias",
        AddressClass.VirtualMailbox => "virtual_mailbox",
        AddressClass.Relay => "relay",
        _ => "default",
    };
}
