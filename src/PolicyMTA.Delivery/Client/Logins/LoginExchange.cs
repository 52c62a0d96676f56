using System.Text;

namespace PolicyMTA.Delivery.Client.Logins;

/// <summary>LOGIN: the user's name, then the password, whatever the prompts say.</summary>
internal sealed class LoginExchange(Login login) : SaslExchange
{
    private int _answers;

    public override byte[]? Answer(ReadOnlySpan<byte> challenge) => _answers++ switch
    {
        0 => Encoding.UTF8.GetBytes(login.User),
        1 => Encoding.UTF8.GetBytes(login.Password),
        _ => null,
    };
}
