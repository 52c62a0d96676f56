using PolicyMTA.Sdk;

namespace PolicyMTA.Restrictions.Sender;

/// <summary>Refuses a sender that belongs to someone else: <c>smtpd_sender_login_maps</c> gives the logins that own an address.</summary>
internal sealed class SenderLoginMismatch : IRestriction<SenderContext>
{
    private const int Code = 553;
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n'];
    private readonly LoginMismatch _kind;
    private readonly TableList _owners;
    private readonly IAddressClasses _addresses;
    private readonly string _delimiters;

    public SenderLoginMismatch(RestrictionArguments arguments, IPluginServices services, LoginMismatch kind)
    {
        arguments.Allow(0);
        _kind = kind;
        _owners = new TableList(services, "smtpd_sender_login_maps");
        _addresses = services.Addresses;
        _delimiters = services.Settings.Text("recipient_delimiter");
    }

    public async ValueTask<Verdict> CheckAsync(SenderContext context, CancellationToken cancellationToken)
    {
        if (_owners.IsEmpty || context.Sender.IsNull) return Verdict.Dunno;
        if (_kind == (context.Sasl is null ? LoginMismatch.Authenticated : LoginMismatch.Unauthenticated)) return Verdict.Dunno;
        var owners = await FindOwnersAsync(_addresses.Complete(context.Sender), cancellationToken);
        if (context.Sasl is not { User: var user }) return owners is null ? Verdict.Dunno : Refuse("not logged in");
        if (owners is null && _kind == LoginMismatch.Known) return Verdict.Dunno;
        return owners is not null && owners.Contains(user, StringComparer.OrdinalIgnoreCase) ? Verdict.Dunno : Refuse($"not owned by user {user}");
    }

    private async ValueTask<string[]?> FindOwnersAsync(Address sender, CancellationToken cancellationToken)
    {
        var found = await _owners.FindAsync(await ListKeysAsync(sender, cancellationToken), cancellationToken);
        return found?.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary><c>user+ext@domain</c>, <c>user@domain</c>, the bare forms for a domain of local users, <c>@domain</c>.</summary>
    private async ValueTask<List<string>> ListKeysAsync(Address sender, CancellationToken cancellationToken)
    {
        var plain = AccessKeys.WithoutExtension(sender.Local, _delimiters);
        var keys = new List<string> { sender.ToString() };
        if (plain is not null) keys.Add((sender with { Local = plain }).ToString());
        if (await _addresses.ClassifyAsync(sender, cancellationToken) == AddressClass.Local)
        {
            keys.Add(sender.Local);
            if (plain is not null) keys.Add(plain);
        }
        keys.Add($"@{sender.Domain}");
        return keys;
    }

    private static Verdict.Refuse Refuse(string text) => Refusals.Of(Code, "5.7.1", text, RefusedItem.Sender);
}
