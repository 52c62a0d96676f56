using PolicyMTA.Sdk;

namespace PolicyMTA.Addressing;

/// <summary>Puts an address into the form <c>user@domain</c>, as Postfix's trivial-rewrite does: source route off, operators swapped, missing domains put behind. Pure.</summary>
internal sealed class TrivialRewrite(AddressBookSettings settings)
{
    /// <summary>The internal form of an address in the form that headers and tables have. A form that can't be put right is left as it is.</summary>
    internal string Rewrite(IReadOnlyList<AddressToken> written, RewriteContext context)
    {
        List<AddressToken> tokens = [.. written.Where(token => token.Kind != AddressTokenKind.Comment)];
        if (tokens.Count == 0 || (tokens.Count == 1 && (tokens[0].Is('@') || tokens[0] is { Kind: AddressTokenKind.Quoted, Text: "" }))) return "";
        TakeSourceRoute(tokens);
        if (!tokens.Exists(token => token.Is('@'))) GiveDomain(tokens, context);
        AppendParent(tokens, context);
        // "user@host." is written as an absolute name; "user@." and "user@host.." are nonsense, and stay.
        if (tokens.Count > 1 && tokens[^1].Is('.') && !tokens[^2].Is('.') && !tokens[^2].Is('@')) tokens.RemoveAt(tokens.Count - 1);
        return string.Concat(tokens.Select(token => token.Text));
    }

    /// <summary>The same for an address of the envelope, which has no syntax left to be read: operators count only in a local part that needs no quotes.</summary>
    internal Address Rewrite(Address address, RewriteContext context)
    {
        if (address.IsNull || IsPlain(address.Domain)) return address;
        return Address.FromInternal(Rewrite(AddressToken.Scan(address.ToEnvelope()), context));
    }

    /// <summary>An address of the envelope with its domain, as far as the domain is needed to know whose it is: a dot at its end stays.</summary>
    internal Address Complete(Address address)
    {
        if (address.Domain.Length > 0 && (!settings.AppendDotMyDomain || address.Domain.Contains('.', StringComparison.Ordinal))) return address;
        return Rewrite(address, RewriteContext.Local);
    }

    internal static bool NeedsQuotes(string local) => new Address(local, "").ToEnvelope() is ['"', ..];

    // Nothing in the domain asks for a change; the most common case by far.
    private bool IsPlain(string domain) => domain.Length > 0 && domain[^1] != '.' && (!settings.AppendDotMyDomain || domain.Contains('.', StringComparison.Ordinal));

    private static void TakeSourceRoute(List<AddressToken> tokens)
    {
        var colon = tokens[0].Is('@') ? tokens.FindIndex(token => token.Is(':')) : -1;
        if (colon >= 0 && colon < tokens.Count - 1) tokens.RemoveRange(0, colon + 1);
    }

    private void GiveDomain(List<AddressToken> tokens, RewriteContext context)
    {
        var bang = settings.SwapBangpath ? tokens.FindIndex(token => token.Is('!')) : -1;
        var percent = settings.PercentHack ? tokens.FindLastIndex(token => token.Is('%')) : -1;
        if (bang >= 0)
        {
            var site = tokens.GetRange(0, bang);
            tokens.RemoveRange(0, bang + 1);
            tokens.Add(AddressToken.Of('@'));
            tokens.AddRange(site);
        }
        else if (percent >= 0)
        {
            tokens[percent] = AddressToken.Of('@');
        }
        else if (settings.AppendAtMyOrigin && Origin(context) is { Length: > 0 } origin)
        {
            tokens.Add(AddressToken.Of('@'));
            tokens.AddRange(AddressToken.Scan(origin));
        }
    }

    private void AppendParent(List<AddressToken> tokens, RewriteContext context)
    {
        var at = tokens.FindLastIndex(token => token.Is('@'));
        if (!settings.AppendDotMyDomain || at < 0 || at == tokens.Count - 1 || Parent(context) is not { Length: > 0 } parent) return;
        if (tokens.FindIndex(at, token => token.Is('.') || token.Kind == AddressTokenKind.Literal) >= 0) return;
        tokens.Add(AddressToken.Of('.'));
        tokens.AddRange(AddressToken.Scan(parent));
    }

    private string Origin(RewriteContext context) => context == RewriteContext.Local ? settings.MyOrigin : settings.RemoteHeaderRewriteDomain;

    private string Parent(RewriteContext context) => context == RewriteContext.Local ? settings.MyDomain : settings.RemoteHeaderRewriteDomain;
}
