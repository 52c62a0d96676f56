using System.Text.Json;
using PolicyMTA.Sdk;

namespace PolicyMTA.Queue.Storage;

/// <summary>What is kept of a message's origin and of MAIL, as JSON: new fields need no new schema.</summary>
internal sealed record MessageMetadata
{
    public OriginKind Kind { get; init; }
    public string? Client { get; init; }
    public string? Helo { get; init; }
    public string? SaslUser { get; init; }
    public string? Protocol { get; init; }
    public string? Generation { get; init; }
    public long? MailSize { get; init; }
    public BodyType Body { get; init; }
    public bool SmtpUtf8 { get; init; }
    public bool RequireTls { get; init; }
    public Ret Ret { get; init; }
    public string? EnvelopeId { get; init; }
    public string? Auth { get; init; }

    internal static byte[] Write(MessageOrigin origin, MailParameters mail) => JsonSerializer.SerializeToUtf8Bytes(new MessageMetadata
    {
        Kind = origin.Kind, Client = origin.Client, Helo = origin.Helo, SaslUser = origin.SaslUser, Protocol = origin.Protocol, Generation = origin.Generation,
        MailSize = mail.Size, Body = mail.Body, SmtpUtf8 = mail.SmtpUtf8, RequireTls = mail.RequireTls, Ret = mail.Ret, EnvelopeId = mail.EnvelopeId, Auth = mail.Auth,
    }, StoredJson.Default.MessageMetadata);

    /// <exception cref="JsonException">The row is damaged.</exception>
    internal static (MessageOrigin Origin, MailParameters Mail) Read(ReadOnlySpan<byte> json)
    {
        var stored = JsonSerializer.Deserialize(json, StoredJson.Default.MessageMetadata) ?? throw new JsonException("no metadata");
        return (
            new MessageOrigin
            {
                Kind = stored.Kind, Client = stored.Client ?? "", Helo = stored.Helo ?? "", SaslUser = stored.SaslUser, Protocol = stored.Protocol ?? "", Generation = stored.Generation ?? "",
            },
            new MailParameters
            {
                Size = stored.MailSize, Body = stored.Body, SmtpUtf8 = stored.SmtpUtf8, RequireTls = stored.RequireTls, Ret = stored.Ret, EnvelopeId = stored.EnvelopeId, Auth = stored.Auth,
            });
    }
}
